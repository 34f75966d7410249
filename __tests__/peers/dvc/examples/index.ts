import type { Example } from '../repository.ts';
import { commands } from './commands.ts';
import { files } from './files.ts';
import { graphs } from './graphs.ts';
import { params } from './params.ts';

export const examples: readonly Example[] = [...commands, ...files, ...params, ...graphs];
