// The thread from its source, so that tests need no build.
import { register } from 'tsx/esm/api';

register();
await import('../../src/store/hash-worker.ts');
