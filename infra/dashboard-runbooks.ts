/** The pages of docs/runbooks that belong to no alarm of their own. A test compares the list with the folder. */
export const OTHER_RUNBOOKS = [
  'AuthorizerLeaves',
  'ClientRefused',
  'ClientSecretRegenerated',
  'DynamoDbOutage',
  'KeyDisabled',
  'NeverAuthorized',
  'OtherClientOrDataCenter',
  'RegionDown',
  'RowLost',
  'ScopeDrift',
  'TableRestored',
  'TokensRejected',
];
