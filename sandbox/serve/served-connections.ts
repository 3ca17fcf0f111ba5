import { STORY_CONNECTIONS } from '../story/story.ts';

/** `crm-prod` is the connection of the documentation's examples. */
export const SERVED_CONNECTIONS = {
  'crm-prod': { dataCenter: 'eu', scopes: ['ZohoCRM.modules.ALL'] },
  ...STORY_CONNECTIONS,
} as const;
