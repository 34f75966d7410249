import { runAction } from '../../runner/github/run-action.ts';
import { evaluate } from './use-case.ts';

await runAction(evaluate);
