/**
 * Lints the conformance models of ONNX: none may be rejected unless it is malformed, which ONNX's
 * own checker tells.
 * scripts/peers/onnx-testdata.sh FOLDER, npm run build, then tsx bench/lint/conformance.ts FOLDER
 */
import path from 'node:path';
import { ask } from './ask.ts';
import { filesBelow } from './files.ts';
import { lintTogether } from './model-ci.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: FOLDER');
const names = await filesBelow(folder, /\.onnx$/);
const files = names.map((name) => path.resolve(folder, name));
const ours = await lintTogether(files);
const checker = await ask('onnx-checker', files);

const counts = { accepted: 0, warned: 0, malformed: 0, wronged: 0, 'passed by us alone': 0 };
for (const [index, name] of names.entries()) {
  const { outcome, rules } = ours[index]!;
  const isMalformed = checker[index] !== 'ok';
  const say = (what: string) => {
    console.log(`${what}: ${name}  ${rules.join(', ')}`);
  };
  if (outcome === 'ok') counts.accepted += 1;
  if (outcome === 'warn') {
    counts.warned += 1;
    say('warned of');
  }
  if (outcome === 'reject') {
    counts[isMalformed ? 'malformed' : 'wronged'] += 1;
    say(isMalformed ? 'rejected, as by the checker' : 'rejected, though the checker takes it');
  }
  if (outcome !== 'reject' && isMalformed) {
    counts['passed by us alone'] += 1;
    say(`rejected by the checker alone (${checker[index]})`);
  }
}
const summary = Object.entries(counts).map(([what, count]) => `${what}: ${count}`);
console.log(`${files.length} models; ${summary.join(', ')}`);
process.exitCode = files.length > 0 && counts.wronged === 0 ? 0 : 1;
