// The window that a shop opens in its click, until it has the payment to show. Nothing here needs this
// script: it loads the wallet's modules ahead, and notes that this window was opened for one payment.
import "/xp2p/wallet.js";
import { noteWindow } from "./window.js";

noteWindow();
