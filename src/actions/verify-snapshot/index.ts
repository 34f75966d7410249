import { runAction } from '../../runner/github/run-action.ts';
import { verifySnapshot } from './use-case.ts';

await runAction(verifySnapshot);
