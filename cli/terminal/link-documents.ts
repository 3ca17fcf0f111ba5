import { DEFAULT_RUNBOOK_BASE_URL, DOCUMENTS_URL } from '../../lambdas/core/documents.ts';

const RUNBOOK = /(?<!\/)\bdocs\/runbooks\/(\w+\.md)/g;
const DOCUMENT = /(?<!\/)\bdocs\/([\w-]+\.(?:md|json))/g;

/** Turns paths of documents into addresses, because an installed package has no documents. */
export function linkDocuments(text: string, runbookBaseUrl = DEFAULT_RUNBOOK_BASE_URL): string {
  return text
    .replace(RUNBOOK, (_, page: string) => `${runbookBaseUrl}/${page}`)
    .replace(DOCUMENT, (_, page: string) => `${DOCUMENTS_URL}/${page}`);
}

/** Whether the text names a runbook, which a deployment may have elsewhere. */
export function namesRunbook(text: string): boolean {
  return text.search(RUNBOOK) >= 0;
}
