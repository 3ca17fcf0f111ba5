import { type Defect, defect, edit, FILES, rareDefect } from './defect.ts';

/** Defects that must break I3, or another promise that they name. */
export const FENCE_DEFECTS: readonly Defect[] = [
  defect(
    'the publish is not fenced',
    ['I3'],
    edit(
      FILES.tokenSecrets,
      'VersionStages: [CANDIDATE],',
      'VersionStages: [CANDIDATE.replace(/.*/, CURRENT)],',
    ),
  ),
  rareDefect(
    'an older generation can replace a newer one',
    { breaks: ['I3'], foundIn: ['many faults'] },
    edit(FILES.tokenSecrets, 'current.generation >= this.#token.generation', 'false'),
  ),
  defect(
    'a random idempotency token',
    ['I3'],
    edit(
      FILES.tokenSecrets,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      '`${connection}#${generation}`',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
      '`${connection}#${generation}#${Math.random()}`',
    ),
  ),
  defect(
    'an error body with HTTP 200 is treated as a success',
    ['I3', 'I4', 'I6'],
    edit(
      FILES.tokenResponse,
      'json !== undefined && isTokenText(accessToken)',
      'json !== undefined && answer.status === 200',
    ),
    edit(FILES.tokenResponse, 'new Redacted(accessToken)', 'new Redacted(String(accessToken))'),
  ),
];
