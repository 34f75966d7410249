import type { Case, Files } from './lint.ts';

/** A card with this front matter. */
export const card = (front: string): Files => ({ 'README.md': `---\n${front}\n---\n# Model\n` });

const result = (value: number): string =>
  `license: mit
model-index:
- name: tiny
  results:
  - task: {type: image-classification}
    dataset: {name: MNIST, type: mnist}
    metrics: [{type: accuracy, value: ${value}}]`;

const measured = { 'metrics.json': '{"accuracy": 0.9134, "loss": 0.3}' };

export const CARD_CASES: readonly Case[] = [
  ['card/front-matter', { 'README.md': '# no front matter' }],
  ['card/front-matter', { 'README.md': '---\nlicense: mit\n' }],
  ['card/front-matter', card('- a list')],
  ['card/front-matter', card('license: mit\nx: !!js/function "function(){}"')],
  ['card/license', card('tags: [x]')],
  ['card/license', card('license: apache 2.0')],
  ['card/license-name', card('license: other')],
  [
    'card/license-file',
    { ...card('license: mit'), LICENSE: 'GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007' },
  ],
  [
    'card/license-file',
    { ...card('license: gpl-3.0'), 'LICENSE.md': '# Apache License\n\nVersion 2.0, January 2004' },
  ],
  ['card/model-index', card('license: mit\nmodel-index:\n- name: tiny')],
  ['card/model-index', card('license: mit\nmodel-index: {name: tiny}')],
  ['card/model-index', card(result(0.9).replace('{type: accuracy, value: 0.9}', '{value: 0.9}'))],
  ['card/claimed-value', { ...card(result(0.97)), ...measured }],
  [
    'card/claimed-value',
    {
      ...card(result(0.97)),
      'evaluation.json': '{"report":{"metrics":{"accuracy":{"candidate":0.91}}}}',
    },
  ],
  ['card/language', card('license: mit\nlanguage: english')],
  ['card/language', card('license: mit\nlanguage: [en, zz]')],
  ['card/field', card('license: mit\ndatasets: {name: glue}')],
  ['card/field', card('license: mit\npipeline_tag: [a, b]')],
  ['card/field', card('license: mit\nmetrics: []')],
  ['card/base-model', card('license: mit\nbase_model: ../llama')],
  ['card/base-model', card('license: mit\nbase_model: a/b\nbase_model_relation: copy')],
  [
    'card/base-model',
    {
      ...card('license: mit\nbase_model: a/b'),
      'adapter_config.json': '{"base_model_name_or_path": "a/c"}',
    },
  ],
  ['card/empty', { 'README.md': '---\nlicense: mit\n---\n' }],
];

/** Cards that say the same in other words, or something that cannot be judged. */
export const SOUND_CARDS: readonly (readonly [string, Files])[] = [
  ['with an expression', card('license: MIT OR Apache-2.0')],
  [
    'beside the licence that it names',
    { ...card('license: gpl-3.0'), COPYING: 'GNU GENERAL PUBLIC LICENSE\nVersion 3' },
  ],
  [
    'beside the texts of both of its licences',
    {
      ...card('license: [mit, apache-2.0]'),
      LICENSE: 'Permission is hereby granted, free of charge, to any person obtaining a copy',
      'LICENSE-APACHE': 'Apache License\n   Version 2.0, January 2004',
    },
  ],
  ['beside a licence that nobody knows', { ...card('license: mit'), LICENSE: 'Be nice.' }],
  ['with a result', card(result(0.9))],
  ['with the measured result, rounded', { ...card(result(0.913)), ...measured }],
  ['with the measured result in per cent', { ...card(result(91.34)), ...measured }],
  ['with a result of another metric', { ...card(result(0.97)), 'metrics.json': '{"f1": 0.5}' }],
  [
    'in Norwegian, Chinese and any',
    card('license: mit\nlanguage: [no, zh-Hant, multilingual, yue]'),
  ],
  [
    'of an adapter trained from a folder',
    {
      ...card('license: mit\nbase_model: a/b'),
      'adapter_config.json': '{"base_model_name_or_path": "/data/base"}',
    },
  ],
];
