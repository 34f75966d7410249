/**
 * Eight clones register fifty versions each and fight over one environment, all at once.
 * After npm run build: tsx bench/registry/contention.ts [WRITERS] [VERSIONS]
 */
import { Clone } from '../../__tests__/registry/clone.ts';
import { fsck } from '../../__tests__/registry/commands.ts';
import { modelCi } from './trial.ts';

const [writers = '8', versions = '50'] = process.argv.slice(2);

interface Told {
  readonly assigned: number;
  readonly overruled: number;
}

const origin = await Clone.create();
let counter = 0;

async function writer(index: number): Promise<Told> {
  const clone = origin.another(`writer-${index}`);
  let [assigned, overruled] = [0, 0];
  for (let number = 0; number < Number(versions); number++) {
    const tag = `digits@v${index}.${number}.0`;
    await clone.write('models/digits/model.onnx', `writer ${index}, version ${number}`);
    clone.git('commit', '--quiet', '--all', '--message', tag);
    clone.tag(tag);
    const registered = await modelCi(clone.workspace, ['register', tag]);
    if (registered.code !== 0) throw new Error(`${tag}: ${registered.output}`);
    counter += 1;
    const place = `digits#production#${counter}`;
    clone.tag(place);
    const told = await modelCi(clone.workspace, ['register', place]);
    if (told.code === 0) assigned += 1;
    else if (told.code === 1 && told.output.includes('standing:')) overruled += 1;
    else throw new Error(`${place}: ${told.output}`);
  }
  return { assigned, overruled };
}

const started = performance.now();
const told = await Promise.all(
  Array.from({ length: Number(writers) }, (_, index) => writer(index)),
);
const seconds = (performance.now() - started) / 1000;
const { result, report } = await fsck(origin);
const merges = origin.git('--git-dir', origin.remote, 'rev-list', '--merges', 'model-registry');
const lines = origin.ledgerLog();
console.log(
  JSON.stringify({
    writers: Number(writers),
    registered: result.versions,
    expected: Number(writers) * Number(versions),
    commits: lines.length,
    linear: merges === '',
    assigned: told.reduce((sum, each) => sum + each.assigned, 0),
    overruledAndTold: told.reduce((sum, each) => sum + each.overruled, 0),
    sound: report.passed,
    seconds: Math.round(seconds),
  }),
);
await origin.remove();
