import * as z from 'zod';

/** What users read about a setting. */
export interface Documentation {
  /** Its type at the construct. */
  readonly type: string;
  /** For the table in docs/configuration.md and the property of the construct. */
  readonly description: string;
  /** More, for the property only. */
  readonly details?: string;
  /** Instead of the default itself, which is shown otherwise. */
  readonly defaultText?: string;
}

/** The documentation of each setting, by its schema. */
export const documentation = z.registry<Documentation>();
