import fc from 'fast-check';

/** A damaged JSON object, and the fields that it still has. */
export interface DamagedJson {
  readonly text: string;
  /** The value of each key, the last one if it occurs twice. Undefined if the text is no longer a JSON object. */
  readonly fields: ReadonlyMap<string, unknown> | undefined;
}

/** Any text, including unpaired surrogates. fast-check's own unit `binary` takes seconds to build. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const anyCode = fc.oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xffff }), fc.nat({ max: 0x10ffff }));
  return fc.string({ unit: anyCode.map((code) => String.fromCodePoint(code)), maxLength });
}

/** Paths of a few ordinary segments. fast-check's URL arbitraries take a second to build. */
export function anyPath(): fc.Arbitrary<string> {
  const segment = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,;=:@-]{1,12}$/);
  return fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
}

/** One key of an object and the JSON of its value. */
type Entry = readonly [key: string, json: string];

/** By key: values that the parser accepts, and values that are almost accepted. */
export type TellingValues = Readonly<Record<string, readonly unknown[]>>;

/**
 * The JSON of one of the `sound` objects with a few changes, often just one: keys removed, duplicated, renamed or added;
 * values of another type, size or depth; names from Object.prototype; the text truncated, wrapped or extended. `telling`
 * values are put into their keys, values from `anywhere` into any key.
 */
export function damagedJson(
  sound: readonly Readonly<Record<string, unknown>>[],
  telling: TellingValues,
  anywhere: readonly unknown[] = [null],
): fc.Arbitrary<DamagedJson> {
  const keys = [...new Set([...sound.flatMap((document) => Object.keys(document)), ...Object.keys(telling)])];
  const nearMiss = tellingEdit(telling, anywhere, keys);
  const changes = fc.oneof(
    { weight: 3, arbitrary: nearMiss.map((edit) => [edit]) },
    { weight: 2, arbitrary: fc.array(fc.oneof(nearMiss, anyChange(keys)), { maxLength: 4 }) },
  );
  return fc
    .tuple(fc.constantFrom(...sound), changes, keyWriter, layout)
    .map(([document, edits, writeKey, lay]) => {
      const entries = edits.reduce((entries, edit) => edit(entries), entriesOf(document));
      const object = `{${entries.map(([key, json]) => `${writeKey(key)}:${json}`).join(',')}}`;
      const { text, isObject } = lay(object);
      return { text, fields: isObject ? fieldsOf(entries) : undefined };
    });
}

/** Each of the `telling` values once, in its key of an otherwise unchanged `sound` object. */
export function nearMisses(sound: Readonly<Record<string, unknown>>, telling: TellingValues): DamagedJson[] {
  const values = Object.entries(telling).flatMap(([key, each]) => each.map((value) => [key, value] as const));
  return values.map(([key, value]) => {
    const entries = replace(key, JSON.stringify(value))(entriesOf(sound));
    const text = `{${entries.map(([name, json]) => `${plainKey(name)}:${json}`).join(',')}}`;
    return { text, fields: fieldsOf(entries) };
  });
}

/** Values that every parser must tolerate, as JSON. */
const ODD_JSON = [
  ...'null true false 0 -0 -1 0.5 1e308 1e999 -1e999 5e-324 [] {} [null]'.split(' '),
  ...['9007199254740993', '99999999999999999999999999', '""', '" "', '"0"', '"-5"', '"NaN"', '"Infinity"'],
  ...['"\\u0000"', '"\\ud800"', '"\\ufeff"', '"__proto__"', '"constructor"'],
  '{"__proto__":{"access_token":"1000.inherited.token","error":"invalid_code"}}',
  '{"toString":null,"valueOf":null}',
  `${'['.repeat(4000)}${']'.repeat(4000)}`,
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
  JSON.stringify('x'.repeat(20_000)),
] as const;

const STRANGE_KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', ' ', '0', '\ud800'];

/** A change to the entries of an object. */
type Edit = (entries: readonly Entry[]) => readonly Entry[];

function tellingEdit(
  telling: TellingValues,
  anywhere: readonly unknown[],
  keys: readonly string[],
): fc.Arbitrary<Edit> {
  const known = Object.entries(telling).flatMap(([key, values]) => values.map((value) => ({ key, value })));
  const edits = [...known, ...keys.flatMap((key) => anywhere.map((value) => ({ key, value })))];
  return fc.constantFrom(...edits.map(({ key, value }) => replace(key, JSON.stringify(value))));
}

function anyChange(keys: readonly string[]): fc.Arbitrary<Edit> {
  const json = fc.oneof(fc.constantFrom(...ODD_JSON), fc.json({ maxDepth: 2 }));
  const key = fc.constantFrom(...keys);
  const anyKey = fc.oneof(key, fc.constantFrom(...STRANGE_KEYS), fc.string({ maxLength: 12 }));
  return fc.oneof(
    key.map(drop),
    fc.tuple(key, json).map(([changed, value]) => replace(changed, value)),
    fc.tuple(anyKey, json).map(([added, value]) => append(added, value)),
    fc.tuple(anyKey, json).map(([added, value]) => prepend(added, value)),
    fc.tuple(key, box).map(([boxed, put]) => rewrite(boxed, ([name, value]) => [name, put(value)])),
    fc.tuple(key, alias).map(([renamed, as]) => rewrite(renamed, ([name, value]) => [as(name), value])),
  );
}

const box = fc.constantFrom(
  (json: string) => `[${json}]`,
  (json: string) => `{"value":${json}}`,
  (json: string) => JSON.stringify(json),
);
const alias = fc.constantFrom(
  (key: string) => key.toUpperCase(),
  (key: string) => ` ${key}`,
  (key: string) => `${key}\u0000`,
  (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
);

const drop = (key: string): Edit => {
  return (entries) => entries.filter(([one]) => one !== key);
};
const append = (key: string, json: string): Edit => {
  return (entries) => [...entries, [key, json]];
};
const prepend = (key: string, json: string): Edit => {
  return (entries) => [[key, json], ...entries];
};
const replace = (key: string, json: string): Edit => {
  return (entries) => append(key, json)(drop(key)(entries));
};
const rewrite = (key: string, change: (entry: Entry) => Entry): Edit => {
  return (entries) => entries.map((entry) => (entry[0] === key ? change(entry) : entry));
};

const plainKey = (key: string) => JSON.stringify(key);
const escapedKey = (key: string) =>
  `"${Array.from({ length: key.length }, (_, at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;

const keyWriter = fc.constantFrom(plainKey, plainKey, plainKey, escapedKey);

type Layout = (object: string) => { readonly text: string; readonly isObject: boolean };

const anObject = (write: (object: string) => string): Layout => {
  return (object) => ({ text: write(object), isObject: true });
};
const noObject = (write: (object: string) => string): Layout => {
  return (object) => ({ text: write(object), isObject: false });
};

const unchanged = anObject((object) => object);

const layout: fc.Arbitrary<Layout> = fc.oneof(
  { weight: 12, arbitrary: fc.constant(unchanged) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      anObject((object) => `\n\t ${object}\r\n`),
      noObject((object) => `[${object}]`),
      noObject((object) => JSON.stringify(object)),
      noObject((object) => `${object}${object}`),
      noObject((object) => `${object},`),
      noObject((object) => `${object}\u0000`),
      noObject((object) => `)]}',\n${object}`),
      noObject((object) => `<html>${object}</html>`),
      noObject((object) => `\u00a0${object}`),
      noObject((object) => `${object}//`),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .nat({ max: 999 })
      .map((part) => noObject((object) => object.slice(0, Math.floor((part / 1000) * object.length)))),
  },
);

function entriesOf(document: Readonly<Record<string, unknown>>): readonly Entry[] {
  return Object.entries(document).map(([key, value]) => [key, JSON.stringify(value)]);
}

function fieldsOf(entries: readonly Entry[]): ReadonlyMap<string, unknown> {
  return new Map(entries.map(([key, json]) => [key, JSON.parse(json) as unknown]));
}
