import { lookup as resolveName } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type Problem, problem } from '../../shared/problems.ts';

/** Where data sets may be fetched from, and how much of time and bytes that may take. */
export interface FetchLimits {
  /**
   * Hosts, with their ports where these are not 443; no other is asked, not even by a redirect. One
   * that is to be asked without encryption is written as "http://host".
   */
  hosts: readonly string[];
  /** Networks (CIDR) that an address may be in, besides the public network. */
  networks: readonly string[];
  limitBytes: number;
  /** From the first question to the last byte. */
  timeoutMs: number;
}

/** Redirects that are followed, one after the other. */
const mostRedirects = 5;

/**
 * Asks for a data set. Who names the address may be no friend of the network that this runs in: only
 * https to hosts of the list is spoken, and only with addresses that are public or allowed. They are
 * looked at when the name is resolved, and those are connected to, so that no second answer of the
 * name server can put another in their place.
 * @returns The bytes, as they come; the time runs on until their end.
 * @throws `dataset-address`, `address-unreachable`, `too-large`
 */
export async function fetchDataset(address: string, limits: FetchLimits): Promise<IncomingMessage> {
  const refuse = (reason: string) => problem('dataset-address', { address, reason });
  const signal = AbortSignal.timeout(limits.timeoutMs);
  let url = new URL(address);
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const answer = await ask(url, limits, signal, refuse);
    const { statusCode = 0, headers } = answer;
    if (statusCode === 200) {
      if (Number(headers['content-length']) > limits.limitBytes) {
        answer.destroy();
        throw problem('too-large', { limitBytes: limits.limitBytes });
      }
      return answer;
    }
    answer.destroy();
    const isRedirect = [301, 302, 303, 307, 308].includes(statusCode);
    if (!isRedirect || !URL.canParse(headers.location ?? '', url)) {
      throw refuse(`it answers ${statusCode}`);
    }
    url = new URL(headers.location as string, url);
  }
  throw refuse(`it is redirected more than ${mostRedirects} times`);
}

/** One question, after which the head of the answer is there. */
async function ask(
  url: URL,
  { hosts, networks }: FetchLimits,
  signal: AbortSignal,
  refuse: (reason: string) => Problem,
): Promise<IncomingMessage> {
  const isHttp = url.protocol === 'http:' && hosts.includes(url.origin);
  if (url.protocol !== 'https:' && !isHttp) {
    throw refuse(`${url.protocol}//${url.host} is not https`);
  }
  if (url.username !== '' || url.password !== '') throw refuse('it has a name or a password in it');
  if (!isHttp && !hosts.includes(url.host)) throw refuse(`${url.host} is not among DATASET_HOSTS`);
  const isAllowed = allowing(networks);
  const forbidden = (found: string) => refuse(`${found}, where ${url.host} is, is not public`);
  // A host that is an address is not resolved, so nobody would look at it.
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (ipaddr.isValid(literal) && !isAllowed(literal)) throw forbidden(literal);
  const lookup: LookupFunction = (name, options, tell) => {
    resolveName(name, { ...options, all: true }, (error, found) => {
      if (error !== null) return tell(error, '');
      const wrong = found.find((one) => !isAllowed(one.address));
      // One that is not public makes the others no better: the name is somebody's who tries.
      if (wrong !== undefined) return tell(forbidden(wrong.address), '');
      if (options.all) return tell(null, found);
      /* c8 ignore next -- Node asks for all of them, unless it is told by a flag to take the first. */
      tell(null, found[0].address, found[0].family);
    });
  };
  return new Promise((resolve, reject) => {
    const asked = (isHttp ? httpRequest : httpsRequest)(
      url,
      { lookup, signal, agent: false },
      resolve,
    );
    asked.on('error', (error: Error) => {
      const isOurs = 'code' in error && error.code === 'dataset-address';
      const reason = signal.aborted ? 'it takes too long' : error.message;
      reject(isOurs ? error : problem('address-unreachable', { address: url.href, reason }));
    });
    asked.end();
  });
}

/** Where addresses of the public network are: what lies outside is none, whatever it is called. */
const publicIpv6 = ipaddr.parseCIDR('2000::/3');

/** Whether an address may be connected to. */
function allowing(networks: readonly string[]): (address: string) => boolean {
  const allowed = networks.map((network) => ipaddr.parseCIDR(network));
  return (address) => {
    // An IPv4 address that is written as IPv6 is the same.
    const parsed = ipaddr.process(address);
    const isPublic = parsed.kind() === 'ipv4' || parsed.match(publicIpv6);
    if (isPublic && parsed.range() === 'unicast') return true;
    return allowed.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  };
}
