import { nearestName } from '../../lambdas/core/nearest-name.ts';

/** Thrown before anything is synthesized. Lists every problem of the configuration, not only the first. */
export class InvalidSettingsError extends Error {
  override readonly name = 'InvalidSettingsError';
  readonly code = 'invalid_settings';
  /** One line each: where, what is wrong, what was given, what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    super(`The configuration of the Zoho Token Refresher has ${count}:\n${problems.map(bullet).join('\n')}`);
    this.problems = problems;
  }
}

/** What a setting should be. */
export interface Expectation {
  /** Completes "… is not", e.g. `an AWS region`. @default 'valid' */
  readonly what?: string;
  /** Completes "Allowed:". */
  readonly allowed: string;
  /** Valid names, from which the nearest one is suggested. @default - no suggestion */
  readonly candidates?: readonly string[];
  /** Valid names by other names of the same thing. @default - none */
  readonly synonyms?: ReadonlyMap<string, string>;
}

/** What is wrong with one value, what was given and what is allowed. */
export function describeProblem(
  given: unknown,
  { what = 'valid', allowed, candidates, synonyms }: Expectation,
): string {
  if (given === undefined) return `is missing. Allowed: ${allowed}.`;
  return `${show(given)} is not ${what}. Allowed: ${allowed}.${suggest(given, candidates, synonyms)}`;
}

/** The message for an unknown key: the nearest one, or all that are allowed. It omits the value, which may be a misplaced secret. */
export function describeUnknownKey(key: string, allowed: readonly string[]): string {
  if (CREDENTIALS.includes(key)) {
    return 'does not belong here. Credentials are never part of the configuration: zoho-tokens authorize stores them in the credentials secret of the deployed connection.';
  }
  return `is not a known key.${suggest(key, allowed) || ` Allowed: ${allowed.join(', ')}.`}`;
}

/** Where a problem is, e.g. `connections.crm-prod.scopes[0]`. */
export function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((shown, key) => {
    if (typeof key === 'number') return `${shown}[${key}]`;
    return shown === '' ? oneLine(key) : `${shown}.${oneLine(key)}`;
  }, '');
}

/** A key with its control characters escaped. */
function oneLine(key: PropertyKey): string {
  return String(key).replace(/\p{C}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

const CREDENTIALS = [
  'client_id',
  'client_secret',
  'refresh_token',
  'clientId',
  'clientSecret',
  'refreshToken',
];
const MAX_SHOWN_LENGTH = 80;

function bullet(problem: string): string {
  return `  - ${problem}`;
}

/** The start of a plain value. Lists and objects are not shown: they may contain a misplaced secret. */
function show(given: unknown): string {
  if (Array.isArray(given)) return given.length === 0 ? '[]' : 'a list';
  if (typeof given === 'object' && given !== null)
    return Object.keys(given).length === 0 ? '{}' : 'an object';
  const shown = typeof given === 'bigint' ? `${given}n` : (JSON.stringify(given) ?? String(given));
  return shown.length > MAX_SHOWN_LENGTH ? `${shown.slice(0, MAX_SHOWN_LENGTH)}…` : shown;
}

function suggest(
  given: unknown,
  candidates: readonly string[] = [],
  synonyms: ReadonlyMap<string, string> = new Map(),
): string {
  if (typeof given !== 'string') return '';
  const nearest = synonyms.get(given.toLowerCase()) ?? nearestName(given, candidates);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}
