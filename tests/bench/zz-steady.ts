// local: N writers at rate through collector+web+subscriber; CPU per part
import { spawn, fork } from 'node:child_process';
import { mkdtemp, chmod, readFile, writeFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startBenchProduct } from '@/tests/bench/zz-product';
import { askPart, startPart, stopPart } from '@/tests/bench/log-path-messages';
const cpu = async (pid: number) => { const s = (await readFile(`/proc/${pid}/stat`,'utf8')).split(') ')[1]!.split(' '); return (Number(s[11])+Number(s[12]))*10; };
const [writers, lines, lineBytes, rate] = process.argv.slice(2).map(Number) as [number,number,number,number];
const directory = await mkdtemp('/tmp/anyon-bench-x'); await chmod(directory, 0o777);
const product = await startBenchProduct(directory);
try {
 for (let k=0;k<2;k++){
  const runs = await Promise.all(Array.from({ length: writers }, () => product.addRun()));
  await askPart(product.collector, { runs, secrets: Array.from({length:8},()=>crypto.randomUUID()) });
  const sub = await startPart('log-path-subscriber.ts', {});
  const sig = path.join(directory, 's'+k); await mkdir(sig);
  runs.forEach((r, i) => spawn('/tmp/lp/writer', [path.join(r.rawDirectory,'out.raw'), String(lines), String(lineBytes), String(rate), String(rate ? Math.round(i*1e6/rate/writers) : 0), path.join(sig,'go'), path.join(sig,`st${i}`)]));
  const pids = { collector: product.collector.pid!, web: product.server.pid!, sub: sub.pid! };
  const rec = askPart<any[]>(sub, runs.map((r) => ({ name: r.runId, source: { kind:'product', url: product.url, cookie: product.cookie, runId: r.runId }, bytes: lines*lineBytes, measureLines: rate>0 })));
  await delay(1500);
  const before = await Promise.all(Object.values(pids).map(cpu)); const t0=Date.now();
  await writeFile(path.join(sig,'go'),'');
  const got = await rec; const ms=Date.now()-t0;
  const after = await Promise.all(Object.values(pids).map(cpu));
  const st = Number(await readFile(path.join(sig,'st0'),'utf8'));
  const lat = got.flatMap((g) => g.latencies).sort((a,b)=>a-b);
  console.log(product.web, `${ms} ms`, Object.keys(pids).map((n,i)=>`${n} ${after[i]!-before[i]!}ms cpu`).join(', '), lat.length ? `p50 ${lat[lat.length>>1]!.toFixed(2)} p90 ${lat[Math.floor(lat.length*.9)]!.toFixed(2)} p99 ${lat[Math.floor(lat.length*.99)]!.toFixed(2)}` : `${(lines*lineBytes/(got[0].finishedAt-st)).toFixed(1)} MB/s`);
  await askPart(product.collector,'finish'); await stopPart(sub);
 }
} finally { await product.close(); await rm(directory,{recursive:true,force:true}); }
