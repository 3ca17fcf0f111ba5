import * as z from 'zod';
import { LONGEST_INVITE_HOURS } from '../../lambdas/core/invites/consent-requests.ts';
import { documentation } from './documentation.ts';
import { expecting, listOf, oneOf, text, trueOrFalse, wholeNumber } from './schemas.ts';

const HOST = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const CERTIFICATE_ARN = /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/;
/** IAM refuses changes of the roles that IAM Identity Center creates. */
const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/(?!aws-reserved\/)[\w+=,.@/-]+$/;
/** All return URLs together, as JSON: the environment of a function has 4 KB. */
const MAX_RETURN_URLS_BYTES = 2000;

/** The pages for invites. Absent, nothing of them exists. The order is that of the documentation. */
export const consentSchema = z
  .strictObject(
    {
      displayName: text(
        (name) => /^(?! )[^\p{C}\p{Z}](?:[^\p{C}\p{Zl}\p{Zp}]{0,78}[^\p{C}\p{Z}])?$/u.test(name),
        {
          what: 'a name to show',
          allowed: 'one line of at most 80 characters, such as "Acme CRM"',
        },
      ).register(documentation, {
        type: 'string',
        description: 'Who asks for the consent, as the pages name it: your company or product.',
      }),
      domainName: text((name) => HOST.test(name), {
        what: 'a domain name',
        allowed: 'a host name in lower case, such as connect.example.com',
      })
        .optional()
        .register(documentation, {
          type: 'string | undefined',
          description:
            'Host name of the pages. Needs `certificateArn`, and a DNS record that points to the output `ConsentDomainTarget`.',
          defaultText: 'the address that API Gateway gives',
        }),
      certificateArn: text((arn) => CERTIFICATE_ARN.test(arn), {
        what: 'the ARN of a certificate',
        allowed:
          'an ARN such as arn:aws:acm:eu-central-1:111122223333:certificate/…, in the region of the stack',
      })
        .optional()
        .register(documentation, {
          type: 'string | undefined',
          description:
            "ARN of the domain's certificate in AWS Certificate Manager, in the region of the stack.",
        }),
      callerRoles: listOf<string>((arn) => ROLE_ARN.test(arn), {
        allowed: 'a list of ARNs of roles',
        item: {
          what: 'the ARN of a role whose policies you can change',
          allowed:
            'an ARN such as arn:aws:iam::111122223333:role/backend, of the account of the stack. Roles of IAM Identity Center cannot be listed: give their permission set a policy',
        },
      })
        .default([])
        .register(documentation, {
          type: 'readonly string[]',
          description:
            'ARNs of roles of the same account that may create and complete invites, by signed HTTP requests or by invoking the function. Functions in your app: use `zoho.grantInvite(fn)`.',
        }),
      returnUrls: listOf<string>(isReturnUrl, {
        allowed: 'a list of URLs',
        item: {
          what: 'the beginning of return URLs',
          allowed:
            'an https URL without user, query and fragment, such as https://app.example.com/zoho/. On this machine, http://localhost:PORT/ is allowed too',
        },
      })
        .refine((urls) => Buffer.byteLength(JSON.stringify(urls)) <= MAX_RETURN_URLS_BYTES, {
          error: `is too long. Allowed: at most ${MAX_RETURN_URLS_BYTES} bytes of JSON.`,
        })
        .transform((urls) => urls.map((url) => new URL(url).href))
        .default([])
        .register(documentation, {
          type: 'readonly string[]',
          description:
            'Where platforms may send their customers back to: the beginnings of the return URLs of invites. The origin has to be the same, and the path has to begin with this one.',
        }),
      logo: text((path) => /\.(?:svg|png)$/i.test(path), {
        what: 'a logo',
        allowed: 'the path of a file that ends in .svg or .png',
      })
        .optional()
        .register(documentation, {
          type: 'string | undefined',
          description:
            'Path of an SVG or PNG file of at most 64 KB that the pages show, relative to the directory in which `cdk` runs.',
        }),
      inviteHours: wholeNumber({ min: 1, max: LONGEST_INVITE_HOURS }).default(72).register(documentation, {
        type: 'number',
        description: 'Hours for which an invite can be used, if it does not say otherwise. From 1 to 168.',
      }),
      confirm: oneOf(['never', 'mismatch', 'always'], 'a choice')
        .default('mismatch')
        .register(documentation, {
          type: "'never' | 'mismatch' | 'always'",
          description:
            'When an operator has to confirm a consent before its credentials are used: `always`, `never`, or if the account is not the expected one (`mismatch`). With `never`, a mismatch fails and is revoked.',
        }),
      requestsPerSecond: wholeNumber({ min: 1, max: 1000 }).default(10).register(documentation, {
        type: 'number',
        description: 'Requests per second that API Gateway lets through to each route. From 1 to 1000.',
      }),
      reservedConcurrency: wholeNumber({ min: 0, max: 1000 }).default(5).register(documentation, {
        type: 'number',
        description:
          'Executions of the public function at the same time, at most. From 0 to 1000; with 0 none are reserved, so there is no limit of its own.',
        details:
          'An account with a limit of 10 executions, as new accounts have, cannot reserve any: use 0, or request a higher limit.',
      }),
      eventEmail: trueOrFalse().default(false).register(documentation, {
        type: 'boolean',
        description:
          'Whether the events `Zoho Consent` contain the e-mail address of the person who consented.',
      }),
    },
    {
      error: expecting({
        what: 'a configuration of the consent pages',
        allowed: 'an object with displayName',
      }),
    },
  )
  .superRefine(({ domainName, certificateArn }, context) => {
    if ((domainName === undefined) === (certificateArn === undefined)) return;
    const [given, other] =
      domainName === undefined ? ['certificateArn', 'domainName'] : ['domainName', 'certificateArn'];
    context.addIssue({
      code: 'custom',
      path: [other],
      message: `is missing, and ${given} is given. Allowed: both, or none of them.`,
    });
  });

/** The configuration of the pages, checked, with every default filled in. */
export type ConsentSettings = Readonly<z.output<typeof consentSchema>>;

function isReturnUrl(url: string): boolean {
  if (!URL.canParse(url) || url.length > 300) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(url);
  const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return (
    (protocol === 'https:' || isLocal) &&
    `${username}${password}${search}${hash}` === '' &&
    !/[?#*]/.test(url)
  );
}
