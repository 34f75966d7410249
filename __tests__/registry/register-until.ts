/**
 * Registers in the current folder and kills itself before its n-th step: node --import tsx
 * register-until.ts TAG N. Prints the steps that it reached.
 */
import { writeSync } from 'node:fs';
import { run } from '../../src/actions/register-snapshot/run.ts';
import { registerSnapshot } from '../../src/actions/register-snapshot/use-case.ts';
import { localPorts } from '../../src/runner/local/ports.ts';
import { readInputs } from '../../src/runner/inputs.ts';

const [tag = '', last = ''] = process.argv.slice(2);
let steps = 0;
await run(
  readInputs(registerSnapshot.inputs, new Map([['version', tag]])),
  localPorts({ quiet: true }),
  (step) => {
    writeSync(1, `${step}\n`);
    steps += 1;
    if (steps === Number(last)) process.kill(process.pid, 'SIGKILL');
  },
);
