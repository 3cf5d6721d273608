/** The plots, drawn by ECharts without a browser (docs/decisions/0016-plots-by-echarts.md). */

import * as echarts from 'echarts'
import { type Grown, median, type Scale, type Throughput } from '../results.ts'

type Option = Parameters<ReturnType<typeof echarts.init>['setOption']>[0]

const font = { textStyle: { fontFamily: 'sans-serif' }, animation: false, backgroundColor: '#fff' }

function svg(width: number, height: number, option: Option): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  chart.setOption({ ...font, ...option })
  const drawn = chart.renderToSVGString()
  chart.dispose()
  return `${drawn}\n`
}

const bars = (side: number, name: string, values: readonly number[], digits: number) => ({
  type: 'bar' as const,
  name,
  xAxisIndex: side,
  yAxisIndex: side,
  data: values.map((value) => Number(value.toFixed(digits))),
  label: { show: true, position: 'right' as const },
})

/** Two bars for each row, the fastest above. */
export function throughputPlot({ mb, rows }: Throughput): string {
  const sorted = rows.toSorted((a, b) => median(a.rates) - median(b.rates))
  const names = sorted.map(({ name }) => name)
  return svg(1000, 90 + 40 * rows.length, {
    title: [
      { text: `MB/s, ${mb} MB, acks=all`, left: 330, textStyle: { fontSize: 14 } },
      { text: 'CPU s per GB', left: 690, textStyle: { fontSize: 14 } },
    ],
    grid: [
      { left: 330, width: 290, top: 40, bottom: 40 },
      { left: 690, width: 250, top: 40, bottom: 40 },
    ],
    xAxis: [0, 1].map((gridIndex) => ({ type: 'value' as const, gridIndex })),
    yAxis: [
      { type: 'category', gridIndex: 0, data: names },
      { type: 'category', gridIndex: 1, data: names, axisLabel: { show: false } },
    ],
    series: [
      bars(
        0,
        'MB/s',
        sorted.map(({ rates }) => median(rates)),
        0,
      ),
      bars(
        1,
        'CPU s per GB',
        sorted.map(({ cpuPerGb }) => median(cpuPerGb)),
        1,
      ),
    ],
  })
}

/** Both axes logarithmic; the dashed line is what would be linear, from the largest size down. */
export function scalePlot({ total, lines, files, partitions }: Scale): string {
  const plots: readonly (readonly [string, readonly Grown[]])[] = [
    ['CPU s by MB, 10 files', lines],
    [`CPU s by files, ${total} MB`, files],
    [`CPU s by partitions, ${total} MB`, partitions],
  ]
  const places = plots.map((_, index) => ({ left: 60 + index * 320, width: 240, top: 50, bottom: 50 }))
  return svg(1000, 340, {
    title: plots.map(([text], index) => ({ text, left: 60 + index * 320, textStyle: { fontSize: 14 } })),
    grid: places,
    xAxis: plots.map((_, gridIndex) => ({ type: 'log' as const, gridIndex })),
    yAxis: plots.map((_, gridIndex) => ({ type: 'log' as const, gridIndex })),
    series: plots.flatMap(([, grown], index) => [
      line(index, 'solid', pointsOf(grown)),
      line(index, 'dashed', linear(grown)),
    ]),
  })
}

type Point = readonly [number, number]

const line = (index: number, type: 'solid' | 'dashed', data: readonly Point[]) => ({
  type: 'line' as const,
  xAxisIndex: index,
  yAxisIndex: index,
  data: data.map(([x, y]) => [x, y]),
  symbol: type === 'solid' ? 'circle' : 'none',
  color: type === 'solid' ? '#5470c6' : '#999',
  lineStyle: { type },
})

const pointsOf = (grown: readonly Grown[]): Point[] => grown.map(({ count, cpu }) => [count, cpu])

function linear(grown: readonly Grown[]): Point[] {
  const last = grown.at(-1)
  if (last === undefined) return []
  return grown.map(({ count }) => [count, (last.cpu * count) / last.count])
}
