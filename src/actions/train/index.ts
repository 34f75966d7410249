import { runAction } from '../../runner/github/run-action.ts';
import { train } from './use-case.ts';

await runAction(train);
