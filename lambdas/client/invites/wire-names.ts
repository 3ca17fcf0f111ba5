import { isJsonObject } from '../../core/json.ts';

/** Names of JSON as ConsentApi has them: `returnUrl` becomes `return_url`. What is undefined is left out. */
export function toWire(value: object): Record<string, unknown> {
  return mapNames(value, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** The reverse. Times become dates. */
export function fromWire(value: object): Record<string, unknown> {
  return mapNames(value, (name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

function mapNames(value: object, rename: (name: string) => string): Record<string, unknown> {
  const entries = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => {
      const renamed = rename(name);
      return [renamed, mapValue(renamed, each, rename)];
    });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function mapValue(name: string, value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => mapValue('', each, rename));
  if (isJsonObject(value)) return mapNames(value, rename);
  return /At$/.test(name) && typeof value === 'string' ? new Date(value) : value;
}
