interface KnownText {
  /** What the text says, white space folded. */
  readonly text: RegExp;
  /** The identifiers of cards that such a text may stand for, in lower case. */
  readonly ids: RegExp;
  readonly name: string;
}

/** Phrases that one licence has and no other, longer names before those that they contain. */
const KNOWN: readonly KnownText[] = [
  {
    text: /GNU AFFERO GENERAL PUBLIC LICENSE/i,
    ids: /^agpl/,
    name: 'GNU Affero General Public License',
  },
  {
    text: /GNU (?:LESSER|LIBRARY) GENERAL PUBLIC LICENSE/i,
    ids: /^lgpl/,
    name: 'GNU Lesser General Public License',
  },
  {
    text: /GNU GENERAL PUBLIC LICENSE[^a-z]*Version 2\b/i,
    ids: /^gpl(?:$|-2)/,
    name: 'GNU General Public License 2',
  },
  {
    text: /GNU GENERAL PUBLIC LICENSE/i,
    ids: /^gpl(?:$|-3)/,
    name: 'GNU General Public License 3',
  },
  { text: /Apache License[^a-z]*Version 2\.0/i, ids: /^apache-2/, name: 'Apache License 2.0' },
  {
    text: /Mozilla Public License[^a-z]*Version 2\.0/i,
    ids: /^mpl-2/,
    name: 'Mozilla Public License 2.0',
  },
  {
    text: /European Union Public Licen[cs]e/i,
    ids: /^eupl/,
    name: 'European Union Public Licence',
  },
  { text: /Eclipse Public License/i, ids: /^epl/, name: 'Eclipse Public License' },
  {
    text: /Open\s?RAIL|Responsible AI License|RAIL License/i,
    ids: /rail/,
    name: 'Responsible AI License',
  },
  {
    text: /Llama 4 COMMUNITY LICENSE/i,
    ids: /^llama4/,
    name: 'Llama 4 Community License',
  },
  {
    text: /Llama 3(?:\.\d)? COMMUNITY LICENSE/i,
    ids: /^llama3/,
    name: 'Llama 3 Community License',
  },
  { text: /LLAMA 2 COMMUNITY LICENSE/i, ids: /^llama2/, name: 'Llama 2 Community License' },
  { text: /Gemma Terms of Use/i, ids: /^gemma/, name: 'Gemma Terms of Use' },
  {
    text: /(?:CC0 1\.0|Creative Commons Zero|CC0 Universal)/i,
    ids: /^cc0/,
    name: 'CC0 1.0',
  },
  {
    text: /Attribution-NonCommercial-NoDerivatives|CC[ -]BY-NC-ND/i,
    ids: /^cc-by-nc-nd/,
    name: 'CC BY-NC-ND',
  },
  {
    text: /Attribution-NonCommercial-ShareAlike|CC[ -]BY-NC-SA/i,
    ids: /^cc-by-nc-sa/,
    name: 'CC BY-NC-SA',
  },
  {
    text: /Attribution-NonCommercial|CC[ -]BY-NC/i,
    ids: /^cc-by-nc(?:-\d|$)/,
    name: 'CC BY-NC',
  },
  {
    text: /Attribution-ShareAlike|CC[ -]BY-SA/i,
    ids: /^cc-by-sa/,
    name: 'CC BY-SA',
  },
  { text: /Attribution-NoDerivatives|CC[ -]BY-ND/i, ids: /^cc-by-nd/, name: 'CC BY-ND' },
  {
    text: /Creative Commons Attribution (?:4\.0|3\.0|2\.\d|1\.0)|CC[ -]BY[ -]\d/i,
    ids: /^cc-by-\d/,
    name: 'CC BY',
  },
  {
    text: /This is free and unencumbered software released into the public domain/i,
    ids: /^unlicense/,
    name: 'The Unlicense',
  },
  { text: /Boost Software License/i, ids: /^bsl-1/, name: 'Boost Software License' },
  {
    text: /Redistribution and use in source and binary forms.*Neither the name/i,
    ids: /^bsd/,
    name: 'BSD 3-Clause License',
  },
  {
    text: /Redistribution and use in source and binary forms/i,
    ids: /^bsd/,
    name: 'BSD 2-Clause License',
  },
  {
    text: /Permission to use, copy, modify, and(?:\/or)? distribute this software for any purpose/i,
    ids: /^(?:isc|0bsd)/,
    name: 'ISC License',
  },
  {
    text: /Permission is hereby granted, free of charge, to any person obtaining a copy/i,
    ids: /^mit/,
    name: 'MIT License',
  },
];

export interface RecognizedText {
  readonly name: string;
  /** Whether a card that names this licence agrees with the text. */
  agreesWith(id: string): boolean;
}

/** Whether the texts of a licence are told apart here: of others, nothing is claimed. */
function isCovered(id: string): boolean {
  return KNOWN.some(({ ids }) => ids.test(id));
}

/** The licence whose text this is; undefined for a text that is not known. */
export function recognizeLicense(text: string): RecognizedText | undefined {
  const folded = text.replace(/\s+/g, ' ');
  const found = KNOWN.filter((known) => known.text.test(folded));
  const [first] = found;
  if (!first) return undefined;
  return {
    name: first.name,
    // A file may hold the texts of several licences: any of them will do.
    agreesWith: (id) =>
      !isCovered(id.toLowerCase()) || found.some(({ ids }) => ids.test(id.toLowerCase())),
  };
}
