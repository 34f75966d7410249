import { runAction } from '../../runner/github/run-action.ts';
import { registerSnapshot } from './use-case.ts';

await runAction(registerSnapshot);
