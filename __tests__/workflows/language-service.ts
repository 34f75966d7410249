import { validate, type ActionsMetadataProvider } from '@actions/languageservice';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The actions of this repository, so that a wrong input of theirs is found where it is used. */
const own: ActionsMetadataProvider = {
  fetchActionMetadata: ({ owner, name, path: folder = '' }) => {
    const file = path.join(root, folder, 'action.yml');
    const ours = `${owner}/${name}` === 'model-ci/model-ci' && existsSync(file);
    return Promise.resolve(ours ? (parse(readFileSync(file, 'utf8')) as never) : undefined);
  },
};

/** Nobody fetches the actions of others here. */
const foreign = /Unable to resolve action `(?!model-ci\/)/;

let documents = 0;

/** What GitHub's own language service finds in a workflow or an action. */
export async function problems(file: string, text: string): Promise<string[]> {
  // The service remembers what it parsed by address.
  const uri = `file:///${documents++}/${file}`;
  const document = TextDocument.create(uri, 'yaml', 1, text);
  const found = await validate(document, { actionsMetadataProvider: own });
  return found
    .map(({ range, message }) => `${file}:${range.start.line + 1} ${JSON.stringify(message)}`)
    .filter((problem) => !foreign.test(problem));
}
