import { expect, test } from '@jest/globals';
import type { FileReport } from '../../src/lint/finding.ts';
import { lintReport } from '../../src/lint/report.ts';
import { toSarif } from '../../src/lint/sarif.ts';
import { calling, lint } from './lint.ts';
import { sarifErrors } from './sarif-schema.ts';

const HOSTILE = [
  'plain.pkl',
  'a b/ü.pkl',
  '::error::pwned\n%0A::set-output name=x::y.pkl',
  '<img src=x onerror=alert(1)>|[x](javascript:1).pkl',
  'a:b\\c?d#e%2F\u202e.pkl',
  '/elsewhere/evil.pkl',
];

const named = (path: string): FileReport => ({
  ...lint({ 'm.pkl': calling('os', 'system') }),
  path,
});

test('the official schema accepts reports of any names', () => {
  const sarif = toSarif(lintReport(HOSTILE.map(named), 'error', new Set()));
  expect(sarifErrors(sarif)).toBeNull();
  expect(sarifErrors({ version: '2.1.0', runs: [{ tool: {} }] })).not.toBeNull();
});

test('every place is a URI reference that leads back to the file', () => {
  const sarif = toSarif(lintReport(HOSTILE.map(named), 'error', new Set())) as {
    runs: {
      results: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[];
    }[];
  };
  const uris = sarif.runs[0]!.results.map(
    ({ locations }) => locations[0]!.physicalLocation.artifactLocation.uri,
  );
  const base = 'file:///repository/';
  for (const uri of uris) expect(uri).toMatch(/^[\w./:%~!*'()-]+$/);
  expect(uris.map((uri) => decodeURIComponent(new URL(uri, base).pathname))).toEqual(
    HOSTILE.map((name) => (name.startsWith('/') ? name : `/repository/${name}`)),
  );
});
