// Puts the page into the reader's language before it is painted.
import { translate } from "./words.js";

translate(document);
