export type { FakeAnswer, FakeAnswers, FakeCall } from './fake-api.ts';
export { createFakeZohoClient, type FakeZohoClient, type FakeZohoClientOptions } from './fake-zoho-client.ts';
