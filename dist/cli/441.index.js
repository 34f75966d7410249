export const id=441;export const ids=[441];export const modules={63828:(e,t,r)=>{r.d(t,{n:()=>cancellable});var a=r(19473);let n=["SIGINT","SIGTERM"];async function cancellable(e){let t=new AbortController,cancel=e=>{t.abort(new a.eG(`cancelled by ${e}`,{hint:"Run it again: finished stages are not repeated, and others go on from their checkpoint."}))};for(let e of n)process.on(e,cancel);try{return await e(t.signal)}finally{for(let e of n)process.off(e,cancel)}}},31990:(e,t,r)=>{r.d(t,{_:()=>stageEnvironment});var a=r(51455),n=r(76760),i=r(73136);let o=/^(INPUT_|ACTIONS_|GITHUB_TOKEN$|GH_TOKEN$|NODE_OPTIONS$)/,s=/^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/;async function stageEnvironment(e,t,r=commandLineScript()){let i=n.join(t,`model-ci-path-${process.pid}`);await (0,a.mkdir)(i,{recursive:!0}),await writeShim(i,r);let d=Object.fromEntries(Object.entries(e).filter(([e])=>!o.test(e)&&!s.test(e))),l=d.PATH??"";return{...d,PATH:l?`${i}${n.delimiter}${l}`:i}}function commandLineScript(){return n.join(n.dirname((0,i.fileURLToPath)(import.meta.url)),"..","cli","index.js")}async function writeShim(e,t){if("win32"===process.platform)return void await (0,a.writeFile)(n.join(e,"model-ci.cmd"),`@"${process.execPath}" "${t}" %*\r
`);let quote=e=>`'${e.replaceAll("'",String.raw`'\''`)}'`,r=n.join(e,"model-ci");await (0,a.writeFile)(r,`#!/bin/sh
exec ${quote(process.execPath)} ${quote(t)} "$@"
`),await (0,a.chmod)(r,493)}},27354:(e,t,r)=>{r.d(t,{g:()=>execute});var a=r(31421),n=r(51455),i=r(48161),o=r(76760),s=r(46193),d=r(58500),l=r(71462);async function execute(e){let{command:t,folder:r,log:n,cancelled:o,mark:s,grace:d,timeout:l,watcher:c}=e;if(o.aborted)return{ended:"cancelled",orderly:!1};if(!await isFolder(r))return badly(`there is no folder ${r}`,void 0);let f={...e.environment,[s]:"1"},p=(0,a.spawn)(...shell(t,f),{cwd:r,env:f,windowsVerbatimArguments:!0,stdio:["ignore","pipe","pipe"],detached:"win32"!==process.platform});for(let e of[p.stdout,p.stderr])forwardLines(e,n);let u=AbortSignal.any([o,...void 0===l?[]:[AbortSignal.timeout(l)]]),{code:m,signal:h,killed:w}=await new Tree(p,s,c).end(u,d);return o.aborted?{ended:"cancelled",orderly:!w&&(0===m||m===128+i.constants.signals.SIGTERM)}:u.aborted&&void 0!==l?badly(`not done within its timeout of ${l/1e3} s`,void 0):0===m?{ended:"well"}:null!==m?badly(`exit code ${m}`,m):badly(`ended by ${h??"a signal"}`,h?128+i.constants.signals[h]:1)}function badly(e,t){return{ended:"badly",how:e,exitCode:t}}let c=new Map([["sh",[]],["dash",[]],["ksh",[]],["bash",["--noprofile","--norc"]],["zsh",["--no-rcs"]],["fish",["--no-config"]]]);function shell(e,t){let{SHELL:r="",ComSpec:a="cmd.exe"}=t;if("win32"===process.platform)return[a,["/d","/s","/c",`"${e}"`]];let n=c.get(o.basename(r));return n?[r,[...n,"-c",e]]:["/bin/sh",["-c",e]]}async function isFolder(e){return(0,n.stat)(e).then(e=>e.isDirectory(),()=>!1)}let Tree=class Tree{#e;#t;#r;constructor(e,t,r){this.#e=e,this.#t=t,this.#r=r}async end(e,t){let r=new Promise((e,t)=>{this.#e.once("error",t),this.#e.once("exit",(t,r)=>{this.#r?.exited(),e({code:t,signal:r})})}),a=new Promise(e=>this.#e.once("close",e)),n=new Promise(t=>{e.addEventListener("abort",()=>{t()}),e.aborted&&t()});await Promise.race([r,n]);let i=!!e.aborted&&await this.#a(t),o=await r;return await this.#n(),await Promise.race([a,(0,d.setTimeout)(5e3,void 0,{ref:!1})]),this.#e.stdout?.destroy(),this.#e.stderr?.destroy(),{...o,killed:i}}async #a(e){await this.#r?.stopping();let t=Date.now()+e;for(let e of(this.#i("SIGTERM"),await (0,l.KT)(this.#t)??[]))await (0,l.Px)(e,this.#e.pid)||(0,l.tN)(e,"SIGTERM");for(;Date.now()<t;){if(!await this.#o())return!1;await (0,d.setTimeout)(25)}return await this.#n(),!0}async #o(){let e=await (0,l.KT)(this.#t);return e?e.length>0:this.#i(0)}async #n(){this.#i("SIGKILL"),await (0,l.fR)(this.#t)}#i(e){let{pid:t}=this.#e;return void 0!==t&&(0,l.tN)("win32"===process.platform?t:-t,e)}};function forwardLines(e,t){let r=new s.StringDecoder("utf8"),a="";e.on("data",e=>{let n=(a+r.write(e)).split(/\r\n|\n|\r/);for(let e of(a=n.pop()??"",n))t.output(e);a.length>65536&&(t.output(a),a="")}),e.on("end",()=>{let e=a+r.end();e&&t.output(e)})}},71462:(e,t,r)=>{r.d(t,{D_:()=>inodesBeingWritten,Fg:()=>markOf,GH:()=>startOf,KT:()=>markedProcesses,Px:()=>isInGroup,fR:()=>killMarked,tN:()=>send});var a=r(51455),n=r(19473),i=r(17263);function markOf(e){return`MODEL_CI_RUN_${e}`}async function markedProcesses(e){if("linux"!==process.platform)return;let t=(await (0,a.readdir)("/proc")).filter(e=>/^\d+$/.test(e)),r=Buffer.from(`${e}=`);return(await Promise.all(t.map(async e=>(await (0,a.readFile)(`/proc/${e}/environ`).catch(()=>Buffer.alloc(0))).includes(r)?Number(e):void 0))).filter(e=>void 0!==e&&e!==process.pid)}async function inodesBeingWritten(e){let t=await markedProcesses(e);if(t)return new Set((await Promise.all(t.map(writtenBy))).flat())}async function writtenBy(e){let t=await (0,a.readdir)(`/proc/${e}/fd`).catch(()=>[]);return(await Promise.all(t.map(async t=>{try{let r=await (0,a.readFile)(`/proc/${e}/fdinfo/${t}`,"utf8");if((3&parseInt(/^flags:\s*(\d+)/m.exec(r)?.[1]??"0",8))==0)return;return(0,i.Ln)(await (0,a.stat)(`/proc/${e}/fd/${t}`,{bigint:!0}))}catch{return}}))).filter(e=>void 0!==e)}async function killMarked(e){let t=0;for(let r=0;r<100;r++){let r=await markedProcesses(e)??[];if(0===r.length)break;t+=r.filter(e=>send(e,"SIGKILL")).length}return t}function send(e,t){try{return process.kill(e,t),!0}catch(e){return"EPERM"===(0,n.$N)(e)}}async function startOf(e){if(!Number.isInteger(e)||e<=0||!send(e,0))return;if("linux"!==process.platform)return"";let t=await statusOf(e);return t&&("Z"===t.state?void 0:t.start)}async function isInGroup(e,t){return(await statusOf(e))?.group===t}async function statusOf(e){try{let t=await (0,a.readFile)(`/proc/${e}/stat`,"utf8"),r=t.slice(t.lastIndexOf(")")+2).split(" ");return{state:r[0],group:Number(r[2]),start:r[19]}}catch{return}}},17263:(e,t,r)=>{r.d(t,{Is:()=>isSettled,Ln:()=>inodeOf,Vi:()=>sameFile,XC:()=>sameStamps,Zs:()=>stampOf,cH:()=>stampsOf,er:()=>sameBytes,md:()=>statOrUndefined});var a=r(51455),n=r(76760),i=r(19473);async function stampsOf(e){let t=new Map,add=async r=>{let i=await statOrUndefined(n.join(e,r));if(i?.isFile()&&t.set(r,stampOf(i)),i?.isDirectory())for(let t of(await (0,a.readdir)(n.join(e,r))).toSorted())await add(""===r?t:`${r}/${t}`)};try{await add("")}catch(e){if("ENOENT"!==(0,i.$N)(e))throw e}return t}function stampOf(e){let{size:t,mtimeNs:r,ctimeNs:a}=e;return{inode:inodeOf(e),size:t,modified:r,changed:a}}function inodeOf({dev:e,ino:t}){return`${e}:${t}`}function sameBytes(e,t){return e?.inode===t?.inode&&e?.size===t?.size&&e?.modified===t?.modified}function sameFile(e,t){return sameBytes(e,t)&&e?.changed===t?.changed}function sameStamps(e,t){return e.size===t.size&&Array.from(e).every(([e,r])=>sameFile(r,t.get(e)))}function isSettled({modified:e}){return e+1000000000n<1000000n*BigInt(Date.now())}async function statOrUndefined(e){return(0,a.stat)(e,{bigint:!0}).catch(e=>{if("ENOENT"!==(0,i.$N)(e)&&"ELOOP"!==(0,i.$N)(e))throw e})}},96307:(e,t,r)=>{r.d(t,{e:()=>charts});var a=r(45138);async function charts(){let[e,{parseHTML:t}]=await Promise.all([r.e(340).then(r.bind(r,49340)),r.e(532).then(r.bind(r,29532))]),{document:n}=t("<!doctype html><html><body></body></html>");return t=>{let{ariaLabel:r,...i}=t(e),o=e.plot({...i,document:n});return o.setAttribute("role","img"),o.setAttribute("aria-label",r),(0,a.IZ)(o.outerHTML)}}},45138:(e,t,r)=>{function trusted(e){return{markup:e}}function html(e,...t){return trusted(String.raw({raw:e},...t.map(render)))}function render(e){return void 0===e?"":"string"==typeof e||"number"==typeof e?escapeHtml(String(e)):"markup"in e?e.markup:e.map(render).join("")}function escapeHtml(e){return e.replaceAll("&","&amp;").replaceAll("<","&lt;").replaceAll(">","&gt;").replaceAll('"',"&quot;").replaceAll("'","&#39;")}r.d(t,{IZ:()=>trusted,qy:()=>html})},47916:(e,t,r)=>{r.d(t,{M:()=>page});var a=r(45138);function page(e,t){return(0,a.qy)`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${e}</title>
        <style>
          ${(0,a.IZ)(n)}
        </style>
      </head>
      <body>
        <main>${t}</main>
      </body>
    </html> `.markup}let n=`
:root {
  color-scheme: light dark;
  --text: #1f2328; --muted: #59636e; --page: #f6f8fa; --card: #ffffff; --line: #d1d9e0;
  --good: #1a7f37; --good-soft: #dafbe1; --bad: #cf222e; --bad-soft: #ffebe9;
  --warn: #9a6700; --warn-soft: #fff8c5; --accent: #0969da; --second: #bc4c00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --muted: #9198a1; --page: #0d1117; --card: #151b23; --line: #3d444d;
    --good: #3fb950; --good-soft: #12261e; --bad: #f85149; --bad-soft: #2d1618;
    --warn: #d29922; --warn-soft: #2a2111; --accent: #4493f8; --second: #f0883e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 24px 16px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 17px; margin: 0 0 12px; }
p { margin: 0 0 10px; }
code { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.muted { color: var(--muted); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin-top: 16px; overflow-x: auto; }
.banner { border-left: 8px solid var(--tone); background: var(--tone-soft); }
.banner .label { color: var(--tone); font-weight: 700; text-transform: uppercase;
  letter-spacing: .06em; font-size: 13px; }
.good { --tone: var(--good); --tone-soft: var(--good-soft); }
.bad { --tone: var(--bad); --tone-soft: var(--bad-soft); }
.warn { --tone: var(--warn); --tone-soft: var(--warn-soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr)); gap: 12px;
  margin-top: 16px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px; }
.tile .value { font-size: 22px; font-weight: 600; }
.tile .change { font-size: 13px; color: var(--muted); }
.tile .change span, .tile .change b { font-weight: 400; white-space: nowrap; }
.badge { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 13px;
  font-weight: 600; color: var(--tone); background: var(--tone-soft); white-space: nowrap; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--muted); font-size: 13px; }
th, td { padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 13px; }
tr:last-child td { border-bottom: 0; }
.right { text-align: right; }
.up { color: var(--good); } .down { color: var(--bad); }
svg { max-width: 100%; height: auto; color: var(--text); background: none !important; }
.gate { padding: 10px 0; border-bottom: 1px solid var(--line); }
.gate:last-child { border-bottom: 0; padding-bottom: 0; }
.gate-head { display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; }
.charts { display: flex; flex-wrap: wrap; gap: 8px; }
figure { margin: 0; } figcaption { font-weight: 600; color: var(--muted); font-size: 13px; }
.legend { font-size: 13px; color: var(--muted); }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 4px 0 12px;
  background: var(--tone); vertical-align: -1px; }
`}};