import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { lint, rulesOf } from './lint.ts';

const load = (name: string): Buffer =>
  readFileSync(new URL(`../formats/hdf5/files/${name}`, import.meta.url));

test('sound files are clean', () => {
  expect(lint({ 'm.h5': load('sound-earliest.h5') })).toMatchObject({
    verdict: 'clean',
    findings: [],
  });
  expect(lint({ 'm.h5': load('sound-latest.h5') })).toMatchObject({
    verdict: 'clean',
    findings: [],
  });
});

test('links and data outside of the file are found', () => {
  expect(rulesOf({ 'm.h5': load('bad-elsewhere.h5') }).toSorted()).toEqual([
    'hdf5/dangling-link',
    'hdf5/external-data',
    'hdf5/external-link',
  ]);
});

test('an archive behind the end is found, and so is a pickle', () => {
  const pickle = Buffer.from('\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.', 'latin1');
  const rules = rulesOf({ 'm.h5': Buffer.concat([load('sound-latest.h5'), pickle]) });
  expect(rules).toContain('hdf5/trailing-data');
  expect(rules).toContain('pickle/unsafe-global');
});

test('the configuration of the model is read in place', () => {
  // The same length, so that no offset changes; the checksum of newer files would tell.
  const bytes = load('sound-earliest.h5').toString('latin1');
  const hostile = bytes.replaceAll('"config": {"name": "dense"}', '"module": "os", "a": "xxxx"');
  expect(hostile).not.toBe(bytes);
  expect(rulesOf({ 'm.h5': Buffer.from(hostile, 'latin1') })).toContain('keras/unsafe-reference');
});

test('a truncated file is inconclusive', () => {
  const { verdict } = lint({ 'm.h5': load('sound-earliest.h5').subarray(0, -100) });
  expect(verdict).toBe('inconclusive');
});
