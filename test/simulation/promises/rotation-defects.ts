import { type Defect, defect, edit, FILES } from './defect.ts';

const STORED = 'progress.credentialsVersionId = await keepRotatedToken(context, minted, stored);';

/** Defects that must break I11, or another promise that they name. */
export const ROTATION_DEFECTS: readonly Defect[] = [
  defect(
    'a rotated refresh token is not stored',
    ['I11'],
    edit(
      FILES.rotatedToken,
      'if (!context.settings.acceptRotatedRefreshTokens)\n    return notStored',
      'if (refreshToken !== undefined)\n    return notStored',
    ),
  ),
  defect(
    'a rotated refresh token is stored after the access token is published',
    ['I11'],
    edit(FILES.exchangeToken, STORED, 'progress.credentialsVersionId = stored.versionId;'),
    edit(
      FILES.exchangeToken,
      "    if (publish.kind === 'not-stored') {",
      `    ${STORED}\n    if (publish.kind === 'not-stored') {`,
    ),
  ),
  defect(
    'a rotated refresh token replaces credentials that an operator has stored',
    ['I11'],
    edit(FILES.rotatedCredentials, 'VersionStages: [ROTATED],', 'VersionStages: [ROTATED, CURRENT],'),
  ),
];
