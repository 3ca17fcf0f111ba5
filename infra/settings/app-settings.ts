import * as z from 'zod';
import { documentation } from './documentation.ts';
import { REGIONS } from './nested-settings.ts';
import { expecting, text } from './schemas.ts';
import { settingsSchema } from './settings.ts';

const RESERVED_TAG = /^aws:/i;

/** What the app of this project reads: the settings of the construct, and those of its stack. */
export const appSettingsSchema = z.strictObject(
  {
    ...settingsSchema.shape,
    stackName: text((name) => /^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name), {
      what: 'a name of a stack',
      allowed: 'letters, digits and -, starting with a letter, at most 128 characters',
    })
      .default('ZohoTokenRefresher')
      .register(documentation, {
        type: 'string',
        description: 'Name of the CloudFormation stack. Changing it would create a second stack.',
      }),
    account: text((account) => /^\d{12}$/.test(account), {
      what: 'the ID of an AWS account',
      allowed: '12 digits in quotes',
    })
      .optional()
      .register(documentation, {
        type: 'string',
        description: 'The only AWS account to deploy to. With the credentials of another one, synth fails.',
        defaultText: 'that of the credentials',
      }),
    region: text((region) => REGIONS.includes(region), {
      what: 'an AWS region',
      allowed: 'a region such as eu-central-1',
      candidates: REGIONS,
    })
      .optional()
      .register(documentation, {
        type: 'string',
        description: 'The only AWS region to deploy to. With another current region, synth fails.',
        defaultText: 'that of the credentials',
      }),
    tags: z
      .record(
        text((key) => /^.{1,128}$/u.test(key) && !RESERVED_TAG.test(key), {
          what: 'the key of a tag',
          allowed: 'at most 128 characters, not beginning with aws:',
        }),
        text((value) => /^.{0,256}$/u.test(value), {
          what: 'the value of a tag',
          allowed: 'text of at most 256 characters',
        }),
        {
          error: (issue) =>
            issue.code === 'invalid_key'
              ? (issue.issues[0]?.message ?? 'is not the key of a tag')
              : expecting({ what: 'an object of tags', allowed: 'an object such as {"team":"crm"}' })(issue),
        },
      )
      .default({})
      .register(documentation, {
        type: 'Readonly<Record<string, string>>',
        description:
          'Tags of the stack. CloudFormation gives them to every resource, and zoho-tokens to secrets.',
      }),
  },
  { error: expecting({ what: 'a configuration', allowed: 'an object' }) },
);

/** The configuration of the app, checked, with every default filled in. */
export type AppSettings = Readonly<z.output<typeof appSettingsSchema>>;
