import type { Measurement } from '../../../shared/model/index.ts';

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as string).toString('base64');

/** A full document; `plant` is put into every place that holds text from outside, `raw` into every binary one. */
export function makeMeasurement(plant: string, raw: Uint8Array = new Uint8Array(4)): Measurement {
  const binary = {
    format: 'base64' as const,
    data: base64(Buffer.concat([Buffer.from([0xff]), raw, Buffer.from(plant)])),
  };
  const query = {
    answers: [{ answer_type: 'A', ipv4: plant, as_org_name: plant, hostname: plant, ttl: 60 }],
    engine: 'udp',
    failure: null,
    hostname: plant,
    query_type: 'A',
    raw_response: binary.data,
    rcode: 0,
    resolver_address: plant,
    t0: 0.1,
    t: 0.2,
    tags: ['depth=0', plant],
    transaction_id: 1,
  };
  const headers = {
    Server: plant,
    'Set-Cookie': `id=${plant}; Path=/`,
    'X-Client-IP': plant,
    [plant]: binary,
  };
  const request = {
    url: `http://site.example/?from=${plant}`,
    method: 'GET',
    body: null,
    body_is_truncated: false,
    headers: { Accept: '*/*' },
    headers_list: [['Accept', '*/*'] as const],
    tor: { exit_ip: null, exit_name: null, is_tor: false as const },
    x_transport: 'tcp' as const,
  };
  const response = {
    code: 200,
    body: `<p>Your address is ${plant}</p>`,
    body_is_truncated: false,
    headers,
    headers_list: Object.entries(headers),
    x_body_sha256: 'ab'.repeat(32),
    x_body_length: 10,
  };
  return {
    annotations: { network_type: 'mobile', list: plant, clock_offset_minutes: '-3', owner: plant },
    data_format_version: '0.2.0',
    extensions: { dnst: 0 },
    input: `http://site.example/${plant}`,
    measurement_start_time: '2025-03-04 05:19:59',
    options: [plant],
    probe_asn: 'AS9198',
    probe_cc: 'KZ',
    probe_ip: '127.0.0.1',
    probe_network_name: plant,
    report_id: '',
    resolver_asn: 'AS9198',
    resolver_ip: plant,
    resolver_network_name: plant,
    software_name: 'kuager',
    software_version: '0.1.0',
    test_name: 'web_connectivity',
    test_runtime: 1.5,
    test_start_time: '2025-03-04 05:10:00',
    test_version: '0.5.0',
    test_helpers: { backend: { address: `https://${plant}/`, type: 'https' } },
    x_key: '',
    test_keys: {
      agent: 'redirect',
      client_resolver: plant,
      retries: null,
      socksproxy: null,
      network_events: [
        {
          address: `${plant}:443`,
          failure: `unknown_failure: to ${plant}`,
          operation: 'connect',
          proto: 'tcp',
        },
      ],
      queries: [query],
      requests: [
        { failure: null, address: `${plant}:80`, alpn: null, network: 'tcp', request, response },
        { failure: `unknown_failure: ${plant}`, request, response: { ...response, body: binary } },
      ],
      tcp_connect: [{ ip: plant, port: 443, status: { failure: null, success: true }, transaction_id: 2 }],
      tls_handshakes: [
        {
          network: 'tcp',
          address: `${plant}:443`,
          cipher_suite: null,
          failure: null,
          negotiated_protocol: null,
          no_tls_verify: false,
          peer_certificates: [binary],
          server_name: plant,
          tls_version: null,
        },
      ],
      control: {
        tcp_connect: { [`${plant}:443`]: { status: true, failure: null } },
        tls_handshake: {
          [`${plant}:443`]: {
            server_name: plant,
            status: true,
            failure: null,
            x_peer_certificates: [binary],
          },
        },
        http_request: {
          body_length: 1,
          failure: null,
          title: plant,
          headers: { Server: plant },
          status_code: 200,
        },
        dns: { failure: null, addrs: [plant] },
        x_http_chain: [plant],
      },
      control_failure: null,
      x_control_request: {
        http_request: plant,
        http_request_headers: { Accept: [plant] },
        tcp_connect: [plant],
      },
      x_control_signed: { payloadType: 'x', payload: JSON.stringify({ title: plant }), keyid: 'k', sig: 's' },
      x_dns_duplicate_responses: [query],
      x_counterfactuals: [
        {
          id: 'cf-1',
          kind: 'tls.sni_at_reflector',
          suspicion: 1,
          where: 'reflector',
          reflector: plant,
          innocuous: plant,
          suspect: plant,
          steps: [1, 2, 3],
          quiet_s: 187,
          distance_s: 2,
          outcome: 'differs',
        },
      ],
      x_reflectors: [{ name: plant, addresses: [plant], spki_sha256: ['cd'.repeat(32)] }],
      dns_experiment_failure: null,
      dns_consistency: null,
      http_experiment_failure: null,
      body_proportion: null,
      body_length_match: null,
      headers_match: null,
      status_code_match: null,
      title_match: null,
      blocking: null,
      accessible: null,
    },
  };
}
