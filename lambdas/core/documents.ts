/** Where the documents of this project are published. An installed package has none. */
export const DOCUMENTS_URL = 'https://github.com/zoho-token-refresher/zoho-token-refresher/blob/main/docs';

/** Where alarms, notifications and the CLI find the runbooks when nothing else is configured. */
export const DEFAULT_RUNBOOK_BASE_URL = `${DOCUMENTS_URL}/runbooks`;
