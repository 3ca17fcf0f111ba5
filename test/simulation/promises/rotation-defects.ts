import { type Defect, edit, FILES, rareDefect } from './defect.ts';

const STORED = 'progress.credentialsVersionId = await keepRotatedToken(context, minted, stored);';

/** Defects that must break I11, or another promise that they name. */
export const ROTATION_DEFECTS: readonly Defect[] = [
  rareDefect(
    'a rotated refresh token is not stored',
    { breaks: ['I11'], foundIn: ['rotated refresh tokens are stored'] },
    edit(
      FILES.rotatedToken,
      'if (!context.settings.acceptRotatedRefreshTokens)\n    return notStored',
      'if (refreshToken !== undefined)\n    return notStored',
    ),
  ),
  rareDefect(
    'a rotated refresh token is stored after the access token is published',
    { breaks: ['I11'], foundIn: ['rotated refresh tokens are stored'] },
    edit(FILES.exchangeToken, STORED, 'progress.credentialsVersionId = stored.versionId;'),
    edit(
      FILES.exchangeToken,
      "    if (publish.kind === 'not-stored') {",
      `    ${STORED}\n    if (publish.kind === 'not-stored') {`,
    ),
  ),
  rareDefect(
    'a rotated refresh token replaces credentials that an operator has stored',
    { breaks: ['I11'], foundIn: ['rotated refresh tokens are stored'] },
    edit(FILES.rotatedCredentials, 'VersionStages: [ROTATED],', 'VersionStages: [ROTATED, CURRENT],'),
  ),
  rareDefect(
    'a rotated refresh token that was stored is not found again',
    { breaks: ['I11'], foundIn: ['crashes while a refresh token is stored'] },
    edit(
      FILES.rotatedCredentials,
      '(await secret.read(ROTATED)) ?? {}',
      "(await secret.read('AWSPREVIOUS')) ?? {}",
    ),
  ),
  rareDefect(
    'a rotated refresh token that is found again is not made current',
    { breaks: ['I11'], foundIn: ['crashes while a refresh token is stored'] },
    edit(
      FILES.rotatedCredentials,
      'return secret.makeCurrent(VersionId, refusedVersionId);',
      "return { kind: 'current', versionId: VersionId };",
    ),
  ),
];
