import { type Defect, defect, edit, FILES } from './defect.ts';

/** Defects that must break C5, or another promise that they name. */
export const ALLOWED_HOSTS_DEFECTS: readonly Defect[] = [
  defect(
    'a token is sent to any host',
    ['C5'],
    edit(FILES.apiUrl, 'isOwnHost(url.hostname, token) ||', 'token !== undefined ||'),
  ),
  defect(
    "a host counts as Zoho's if its name ends like one of them",
    ['C5'],
    edit(FILES.dataCenters, 'hostname.endsWith(`.', 'hostname.endsWith(`'),
  ),
  defect(
    'a token is sent without encryption, and to any port',
    ['C5'],
    edit(FILES.apiUrl, "url.protocol === 'https:' && url.port === ''", "url.protocol !== 'file:'"),
  ),
  defect(
    'an api_domain of another data center is published',
    ['C5'],
    edit(FILES.chooseApiDomain, 'if (isOwn(apiDomain)) return', 'if (apiDomain !== undefined) return'),
  ),
  defect(
    'a token is sent to every data center',
    ['C5'],
    edit(
      FILES.apiUrl,
      'isHostOf(dataCenter, hostname)',
      "'us eu in au jp ca sa uk cn ae sg'.split(' ').some((each) => isHostOf(each as never, hostname))",
    ),
  ),
];
