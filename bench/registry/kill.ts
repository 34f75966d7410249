/**
 * SIGKILL before every step of register, assign, verify and prune that changes a file, starts a
 * process or asks a server, and then at COUNT random moments for each remote and store, every second
 * time together with the processes it started. After each kill nothing may be lost or half there,
 * fsck --repair must leave nothing to repair, and the retry must succeed. After npm run build:
 * tsx bench/registry/kill.ts [COUNT] [disk|http|all] [directory|oci|all] [SEED] [all|steps|moments]
 * oci needs Debian's docker-registry.
 */
import { OPERATIONS, Scene, type Kill, type Operation, type Place } from './scene.ts';
import { random } from './trial.ts';

const [count = '250', remote = 'all', store = 'all', seed = '1', part = 'all'] =
  process.argv.slice(2);
const next = random(Number(seed));
/** A scene is begun anew after so many trials: fsck reads every version there is. */
const TRIALS_A_SCENE = 40;

interface Row {
  kills: number;
  finishedFirst: number;
  ghosts: number;
  lost: number;
  cleanAfterRepair: number;
  retriesSucceeded: number;
}

const rows = new Map<string, Row>();
const started = performance.now();

function rowOf(name: string): Row {
  const empty = { kills: 0, finishedFirst: 0, ghosts: 0, lost: 0 };
  const row = rows.get(name) ?? { ...empty, cleanAfterRepair: 0, retriesSucceeded: 0 };
  rows.set(name, row);
  return row;
}

/** Room that something takes until it is pruned, and a tag whose registration never came to be. */
const HARMLESS = new Set(['orphan', 'unregistered-tag']);

async function trial(scene: Scene, row: Row, operation: Operation, kill: Kill): Promise<number> {
  const command = await scene.prepare(operation);
  const ended = await scene.run(command, kill);
  row[ended.signal === null ? 'finishedFirst' : 'kills'] += 1;
  const found = await scene.inspect();
  const bad = found.problems.filter(({ severity }) => severity === 'error');
  row.ghosts += bad.length;
  row.lost += found.lost.length;
  const repaired = await scene.inspect({ repair: 'true' });
  const left = repaired.problems.filter(
    // What is there to be pruned cannot be finished: its tag is gone.
    ({ kind }) => !HARMLESS.has(kind) && !(operation === 'prune' && kind === 'interrupted'),
  );
  if (left.length === 0 && repaired.lost.length === 0) row.cleanAfterRepair += 1;
  const retry = await scene.run(command);
  if (retry.code === 0) row.retriesSucceeded += 1;
  for (const problem of [...bad, ...left]) console.log(`  ${command.join(' ')}:`, problem);
  if (retry.code !== 0) console.log(`  ${command.join(' ')}: ${retry.output}`);
  scene.note();
  return retry.milliseconds;
}

/** A scene that is renewed from time to time; what is left in it at the end must be prunable. */
class Stage {
  readonly #place: Place;
  #scene: Scene | undefined;
  #trials = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  async scene(): Promise<Scene> {
    if (this.#trials++ % TRIALS_A_SCENE === 0) await this.end();
    return (this.#scene ??= await Scene.open(this.#place));
  }

  async end(): Promise<void> {
    if (!this.#scene) return;
    await this.#scene.inspect({ prune: 'true', grace: '0', repair: 'true' });
    const { problems } = await this.#scene.inspect();
    if (problems.length > 0) console.log('  left after a prune:', problems);
    await this.#scene.close();
    this.#scene = undefined;
  }
}

async function boundaries(stage: Stage, place: Place): Promise<void> {
  for (const operation of OPERATIONS) {
    const scene = await stage.scene();
    await scene.mustSucceed(await scene.prepare(operation), { before: '0' });
    const steps = await scene.boundaries();
    const row = rowOf(`${place.remote} ${place.store} ${operation}: each of ${steps} steps`);
    for (let step = 1; step <= steps; step++) {
      await trial(await stage.scene(), row, operation, { before: String(step) });
    }
    console.log(`${place.remote} ${place.store} ${operation}: ${JSON.stringify(row)}`);
  }
}

async function moments(stage: Stage, place: Place): Promise<void> {
  const typical = { register: 800, assign: 600, verify: 500, prune: 600 };
  for (let index = 0; index < Number(count); index++) {
    const operation = OPERATIONS[Math.floor(next() * OPERATIONS.length)] ?? 'register';
    const row = rowOf(`${place.remote} ${place.store} ${operation}: random moments`);
    const after = {
      milliseconds: next() * 1.2 * typical[operation],
      withChildren: index % 2 === 1,
    };
    const milliseconds = await trial(await stage.scene(), row, operation, { after });
    // The moments are spread over as long as the machine takes now.
    typical[operation] = 0.8 * typical[operation] + 0.2 * milliseconds;
    if (index % 25 === 24) {
      const seconds = Math.round((performance.now() - started) / 1000);
      console.log(`${place.remote} ${place.store}: ${index + 1} moments, ${seconds} s`);
      console.table(Object.fromEntries(rows));
    }
  }
}

const chosen = <T extends string>(given: string, all: readonly T[]) =>
  all.filter((each) => given === 'all' || given === each);
for (const remoteKind of chosen(remote, ['disk', 'http'] as const)) {
  for (const storeKind of chosen(store, ['directory', 'oci'] as const)) {
    const place = { remote: remoteKind, store: storeKind };
    const stage = new Stage(place);
    if (part !== 'moments') await boundaries(stage, place);
    if (part !== 'steps') await moments(stage, place);
    await stage.end();
  }
}
const total = [...rows.values()].reduce((sum, row) => ({
  kills: sum.kills + row.kills,
  finishedFirst: sum.finishedFirst + row.finishedFirst,
  ghosts: sum.ghosts + row.ghosts,
  lost: sum.lost + row.lost,
  cleanAfterRepair: sum.cleanAfterRepair + row.cleanAfterRepair,
  retriesSucceeded: sum.retriesSucceeded + row.retriesSucceeded,
}));
console.table(Object.fromEntries([...rows, ['all', total]]));
console.log(`seed ${seed}, ${Math.round((performance.now() - started) / 1000)} s`);
