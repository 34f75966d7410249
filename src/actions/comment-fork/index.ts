import { runAction } from '../../runner/github/run-action.ts';
import { commentFork } from './use-case.ts';

await runAction(commentFork);
