import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import conditionParser from 'dynalite/db/conditionParser.js';
import database from 'dynalite/db/index.js';

export type Item = Readonly<Record<string, AttributeValue>>;

/** What the `#names` and `:values` of an expression stand for. */
export interface Placeholders {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** What says on which condition a request is carried out. */
export type Conditional = Pick<
  UpdateItemCommandInput,
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
  | 'ReturnValuesOnConditionCheckFailure'
>;

export function placeholdersOf(input: Conditional): Placeholders {
  return { names: input.ExpressionAttributeNames, values: input.ExpressionAttributeValues };
}

/** What a write fails with whose condition does not hold for the item; undefined if it holds. */
export function refusalOf(
  item: Item | undefined,
  input: Conditional,
  returnsOldItem: () => boolean = () => true,
): ConditionalCheckFailedException | undefined {
  const { ConditionExpression: condition, ReturnValuesOnConditionCheckFailure: asked } = input;
  if (condition === undefined || meets(item, condition, placeholdersOf(input))) return undefined;
  const returnsItem = asked === 'ALL_OLD' && item !== undefined && returnsOldItem();
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(returnsItem ? { Item: item } : {}),
  });
}

/** Whether the condition holds for the item. `undefined` is an item that does not exist. */
export function meets(item: Item | undefined, condition: string, placeholders: Placeholders): boolean {
  const known = { ...item, ...placeholders.values };
  return database.matchesExprFilter(known, parse(condition, placeholders));
}

/**
 * The item after the update: SET of whole attributes to values and REMOVE of whole attributes, which is all that the product
 * does. It has one expression for each set of attributes, too many for dynalite's parser.
 */
export function updated(item: Item, update: string, { names = {}, values = {} }: Placeholders): Item {
  const [, assignments = '', removals = ''] = UPDATE.exec(update) ?? refuse(update, 'not supported');
  const nameOf = (name: string) => (name.startsWith('#') ? names[name] : name) ?? refuse(update, name);
  const after: Record<string, AttributeValue> = { ...item };
  for (const [, name = '', value = ''] of assignments.matchAll(ASSIGNMENT)) {
    after[nameOf(name)] = values[value] ?? refuse(update, value);
  }
  for (const [name] of removals.matchAll(/[#\w]+/g)) delete after[nameOf(name)];
  return after;
}

const ASSIGNMENT = /(#?\w+) = (:\w+)/g;
const UPDATE = /^(?=\S)(?:SET (#?\w+ = :\w+(?:, #?\w+ = :\w+)*))? ?(?:REMOVE (#?\w+(?:, #?\w+)*))?$/;

function refuse(expression: string, what: string): never {
  throw new Error(`The simulated table cannot evaluate "${expression}": ${what}.`);
}

interface Parsed {
  readonly expression: object;
  /** The `:values` in the condition. */
  readonly needed: readonly string[];
}

/** dynalite's parser takes milliseconds, and the product has few conditions. */
const parsed = new Map<string, Parsed>();

/**
 * Parses a condition whose values are treated as attributes of the item, e.g. `:now` as an attribute of that name. The result
 * does not depend on the values and can be reused.
 *
 * @throws Error when the condition is not valid or a value is missing.
 */
function parse(condition: string, { names = {}, values = {} }: Placeholders): object {
  const key = `${condition} ${JSON.stringify(names)}`;
  const known = parsed.get(key) ?? parseAnew(condition, names);
  parsed.set(key, known);
  const missing = known.needed.find((name) => values[name] === undefined);
  return missing === undefined ? known.expression : refuse(condition, `it needs ${missing}`);
}

function parseAnew(condition: string, names: Readonly<Record<string, string>>): Parsed {
  const needed = condition.match(/:\w+/g) ?? [];
  const attrNames = {
    ...names,
    ...Object.fromEntries(needed.map((name) => [`#value_${name.slice(1)}`, name])),
  };
  const context = { attrNames, isReserved: () => false };
  const tree = conditionParser.parse(condition.replaceAll(/:(?=\w)/g, '#value_'), { context });
  if (typeof tree === 'string') return refuse(condition, tree);
  return { expression: tree.expression, needed };
}
