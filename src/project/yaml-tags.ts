import type { ScalarTag, Tags } from 'yaml';

/**
 * Where ruamel.yaml, which DVC reads with, goes beyond YAML 1.2's core schema: digits may be grouped
 * with underscores, there are binary integers, and what looks like a date is one.
 */
export function pythonTags(core: Tags): Tags {
  return [date, integer, float, ...core];
}

const date: ScalarTag = {
  tag: 'tag:yaml.org,2002:timestamp',
  default: true,
  test: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^[0-9]{4}-[0-9][0-9]?-[0-9][0-9]?([Tt]|[ \t]+)[0-9][0-9]?:[0-9]{2}:[0-9]{2}/,
  resolve(text, onError) {
    onError(`${text} is a date, which a lock has no type for: put quotes around it`);
    return text;
  },
};

const integer: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(0b[01_]+|0x[0-9a-fA-F_]*_[0-9a-fA-F_]*|0o[0-7_]*_[0-7_]*|[0-9]+_[0-9_]*)$/,
  resolve(text) {
    const digits = text.replaceAll('_', '').replace(/^[-+]/, '');
    const value = BigInt(/^0[box]/.test(digits) ? digits : digits.replace(/^0+(?=\d)/, ''));
    return text.startsWith('-') ? -value : value;
  },
};

const float: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?$|^[-+]?[0-9]+\.[0-9]*_[0-9_]*([eE][-+]?[0-9]+)?$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};
