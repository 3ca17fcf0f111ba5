import type { PageResult } from '../../core/invites/consent-answers.ts';
import type { Html } from './html.ts';

/** What a page may say instead of an invite. The last one is decided before ConsentApi is asked. */
export type ShownResult = PageResult | { readonly kind: 'foreign-form' };

/** The words of a result. */
export interface Outcome {
  readonly tone: 'good' | 'wait' | 'plain' | 'bad';
  readonly title: string;
  /** @default the title */
  readonly heading?: Html;
  readonly text: Html;
  /** What the visitor can do. */
  readonly next?: Html;
  /** Whether the link of the invite may lead further. */
  readonly canRetry?: boolean;
}
