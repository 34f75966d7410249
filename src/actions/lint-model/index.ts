import { runAction } from '../../runner/github/run-action.ts';
import { lintModel } from './use-case.ts';

await runAction(lintModel);
