// The locales in which amounts are tried: those of the forty most spoken languages and more, with the
// regions that write them in their own way.
export const locales = `
  en en-US en-GB en-IN en-AU en-CA en-NG en-PK en-PH en-ZA zh zh-CN zh-TW zh-HK hi es es-ES es-MX es-AR es-CO es-CL es-US
  ar ar-EG ar-SA ar-AE ar-MA ar-LB fr fr-FR fr-CA fr-CH fr-BE bn bn-BD bn-IN pt pt-BR pt-PT ru ur ur-PK ur-IN id de de-DE
  de-AT de-CH ja mr vi te ha tr pa sw fil ta yue fa ko th jv gu it it-CH am kn pcm yo ml uz my ps pl uk ro nl nl-BE ig sd
  ne az si ms so km el cs sv hu he da fi nb sk bg sr hr sl lt lv et ca eu gl ga cy is mt sq mk bs hy ka kk ky mn be lo zu xh
`.trim().split(/\s+/);
