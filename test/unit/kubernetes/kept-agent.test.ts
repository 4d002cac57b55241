import http from 'node:http';
import https from 'node:https';
import { KeptAgent } from '../../../src/kubernetes/kept-agent.ts';

const made = (ca: string): https.Agent => new https.Agent({ ca: Buffer.from(ca), rejectUnauthorized: true });

describe('the agent for requests to the API server', () => {
  it('is one for all with the same options, and keeps its connections', () => {
    const kept = new KeptAgent();
    const first = kept.instead(made('an authority')) as https.Agent;
    expect(kept.instead(made('an authority'))).toBe(first);
    expect(first.options).toMatchObject({ keepAlive: true, rejectUnauthorized: true });
  });

  it('is another one when a certificate was renewed', () => {
    const kept = new KeptAgent();
    const first = kept.instead(made('an authority'));
    const second = kept.instead(made('its successor')) as https.Agent;
    expect(second).not.toBe(first);
    expect(second.options.ca).toEqual(Buffer.from('its successor'));
  });

  it('is left as it is for plain HTTP and for a proxy', () => {
    class ProxyAgent extends https.Agent {}
    for (const agent of [new http.Agent(), new ProxyAgent()]) expect(new KeptAgent().instead(agent)).toBe(agent);
  });
});
