import spdx from 'spdx-license-ids/index.json' with { type: 'json' };
import parseExpression from 'spdx-expression-parse';

/** Identifiers of the Hugging Face hub that SPDX does not have (hub documentation, Licenses). */
const HUB_LICENSES = `
  openrail creativeml-openrail-m openrail++ bigscience-bloom-rail-1.0 bigscience-openrail-m
  bigcode-openrail-m openmdw-1.0 open-mdw bsd cc c-uda fair-noncommercial-research-license
  llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma deepfloyd-if-license apple-amlr
  apple-ascl intel-research pddl gfdl lgpl gpl agpl unknown other osl-3.0 h-research etalab-2.0
  gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 lgpl-lr agpl-3.0 odc-by odbl
  grok2-community lfm1.0 eupl-1.1 eupl-1.2 ecl-2.0 lppl-1.3c wtfpl unlicense ncsa zlib isc
`;

const known = new Set([...spdx.map((id) => id.toLowerCase()), ...HUB_LICENSES.trim().split(/\s+/)]);

/** Whether a card may name this licence: an SPDX id or expression, or a name of the hub. */
export function isLicense(name: string): boolean {
  return known.has(name.toLowerCase()) || isExpression(name);
}

function isExpression(name: string): boolean {
  try {
    parseExpression(name);
    return true;
  } catch {
    return false;
  }
}

/** A known licence that differs from `name` only in spaces, case and punctuation. */
export function similarLicense(name: string): string | undefined {
  const letters = (text: string) => text.toLowerCase().replace(/licen[cs]e|version|[^a-z0-9]/g, '');
  const wanted = letters(name);
  if (!wanted) return undefined;
  const found = [...known].find((id) => letters(id) === wanted);
  return found ?? [...known].find((id) => letters(id).startsWith(wanted) && wanted.length > 3);
}
