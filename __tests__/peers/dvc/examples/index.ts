import type { Example } from '../repository.ts';
import { commands } from './commands.ts';
import { files } from './files.ts';
import { graphs } from './graphs.ts';
import { ignored } from './ignored.ts';
import { params } from './params.ts';
import { templates } from './templates.ts';

export const examples: readonly Example[] = [
  ...commands,
  ...files,
  ...ignored,
  ...params,
  ...graphs,
  ...templates,
];
