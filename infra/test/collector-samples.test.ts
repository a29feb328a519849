import {createServer} from 'node:http';
import test from 'ava';
import {differingSeries} from '../checks/collector/collector-samples.ts';

type Labels = Readonly<Record<string, string>>;

test('a bucket is the same however a generation of Prometheus writes its boundary; a missing one is reported', async t => {
  const bucket = (job: string, le: string): Labels => ({__name__: 'x_bucket', job, le});
  const series: Readonly<Record<string, readonly Labels[]>> = {
    '{job="direct"}': [
      bucket('direct', '5'),
      bucket('direct', '67108864'),
      bucket('direct', '+Inf'),
      bucket('direct', '7'),
      // The created timestamps, which only a direct scrape stores.
      {__name__: 'x_created', job: 'direct'},
    ],
    '{job="written"}': [bucket('written', '5.0'), bucket('written', '6.7108864e+07'), bucket('written', '+Inf')],
  };
  const server = createServer((request, response) => {
    const asked = new URL(request.url ?? '', 'http://localhost').searchParams.get('match[]') ?? '';
    response.end(JSON.stringify({status: 'success', data: series[asked] ?? []}));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const {only, count} = await differingSeries(url, 'direct', 'written');
  t.is(count, 3);
  t.deepEqual(only, ['not written: [["__name__","x_bucket"],["le","7"]]']);
});
