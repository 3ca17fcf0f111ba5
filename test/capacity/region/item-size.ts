import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Readonly<Record<string, AttributeValue>>;

const sizes = new WeakMap<object, number>();

/**
 * Bytes of an item as DynamoDB counts them
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
 */
export function sizeOfItem(item: Item): number {
  let bytes = 0;
  for (const name in item) bytes += name.length + sizeOf(item[name]);
  return bytes;
}

function sizeOf(value: AttributeValue | undefined): number {
  if (value === undefined) return 0;
  if (value.S !== undefined) return value.S.length;
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.B !== undefined) return value.B.byteLength;
  if (value.L === undefined && value.M === undefined) return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let bytes = 3;
  for (const part of value.L ?? []) bytes += 1 + sizeOf(part);
  for (const name in value.M ?? {}) bytes += 1 + name.length + sizeOf(value.M?.[name]);
  sizes.set(value, bytes);
  return bytes;
}

/** Write units of an item: one for each KB that was begun. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** Read units: one for each 4 KB that was begun, and half of it if the read is eventually consistent. */
export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) / (isConsistent ? 1 : 2);
}
