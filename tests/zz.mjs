import * as a from "xp2p/amount";
await a.init();
const t=(f)=>{try{return f()}catch(e){return [e.name,e.code,e.reason,e.param,e.suggestions,e.message]}};
console.log(t(()=>a.parseAmount("1.234",{locale:"de",currency:"EUR"})), t(()=>a.parseAmount("1.234,5 €",{locale:"de",currency:"EUR"})));
console.log(t(()=>a.validateAmount(12.5,"EUR")), t(()=>a.validateAmount("12.5","EUR")));
console.log(a.formatAmount({value:"1234567890123456.78",currency:"EUR"},"ar-EG"),a.formatAmount({value:"1234.5",currency:"USD"},"en"),a.formatAmount({value:"1234.5",currency:"MXN"},"en"),a.formatAmount({value:"12",currency:"CVE"},"pt-CV"));
console.log(a.validateAmounts([{value:"1.5",currency:"EUR"},{value:1,currency:"EUR"},{value:"x",currency:"EUR"},{value:"2.00",currency:"EUR"}]));
console.log(a.checkAmount({value:"5",currency:"EUR"},{minimum:{value:"10",currency:"EUR"}}), a.allocateAmount({value:"100",currency:"EUR"},[1,1,1]), a.currencyOf("KWD"), a.amountFromMinor(1250n,"EUR"), a.feeForAmount({value:"10",currency:"EUR"},{percent:"2.9",fixed:"0.30",rounding:"halfEven"}), a.convertAmount({value:"10",currency:"EUR"},{currency:"JPY",rate:"163.2",rounding:"halfEven"}));
const rows=Array.from({length:10000},(_, i)=>({value:(i+1)+".50",currency:"EUR"}));
for(let k=0;k<5;k++){const s=performance.now(); a.validateAmounts(rows); console.log((performance.now()-s)*1e6/10000,"ns each");}
