'use client';

import { useTheme } from 'next-themes';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { MetricSeries } from '@/components/metrics/metric-series';

export interface ChartLine {
  label: string;
  /** Name of a colour variable of app/globals.css. */
  color: string;
  fill?: boolean;
  dash?: boolean;
}

export interface LineChartProps {
  series: MetricSeries;
  lines: ChartLine[];
  /** Seconds; the whole width. */
  from: number;
  to: number;
  /** The scale reaches at least so far. */
  atLeast: number;
  /** A limit, drawn as a dashed line whenever the scale reaches it. */
  limit: number | null;
  format: (value: number) => string;
  /** Steps that the scale may have; the library's own are round in tens. */
  steps?: number[];
  /** Called with the position of the pointer in `series`, null when it leaves. */
  onPoint: (index: number | null) => void;
}

const HEIGHT = 148;

/** Lines over time on a canvas. What it shows is told in words by the figure around it; the canvas is for the eye. */
export function LineChart(props: LineChartProps) {
  const { resolvedTheme } = useTheme();
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const [chart, setChart] = useState<uPlot | null>(null);
  useEffect(() => {
    latest.current = props;
  });

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(options(element, latest), data(latest.current), element);
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    setChart(made);
    return () => {
      resize.disconnect();
      made.destroy();
    };
  }, [resolvedTheme, props.lines.length]); // colours are read when it is made

  const { series, from, to, limit } = props;
  useEffect(() => {
    if (!chart) return;
    chart.batch(() => {
      chart.setData(data(latest.current), false);
      chart.setScale('x', { min: from, max: to });
    });
  }, [chart, series, from, to, limit]);
  return <div ref={box} className="h-[148px] w-full min-w-0" />;
}

function data({ series, limit }: LineChartProps): uPlot.AlignedData {
  return [series.times, ...series.lines, series.times.map(() => limit)];
}

function options(element: HTMLElement, props: { current: LineChartProps }): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const font = `11px ${style.fontFamily}`;
  const axis = { stroke: color('ink-faint'), font, grid: { stroke: color('line'), width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: 'anyon-metrics' } },
    scales: { x: { time: true, range: () => [props.current.from, props.current.to] }, y: { range: (_chart, _min, max) => [0, Math.max(props.current.atLeast, max * 1.15)] } },
    axes: [
      { ...axis, space: 64, size: 22, gap: 4, values: (_chart, ticks) => ticks.map((tick) => clock(tick)) },
      { ...axis, size: 62, gap: 6, space: 26, ...(props.current.steps && { incrs: props.current.steps }), values: (_chart, ticks) => ticks.map((tick) => props.current.format(tick)) },
    ],
    series: [
      {},
      ...props.current.lines.map((line) => ({
        label: line.label,
        stroke: color(line.color),
        width: 1.5,
        spanGaps: false,
        points: { show: false },
        ...(line.dash && { dash: [4, 3] }),
        ...(line.fill && { fill: `color-mix(in srgb, ${color(line.color)} 14%, transparent)` }),
      })),
      { label: 'limit', stroke: color('state-needs-you'), width: 1.5, dash: [6, 4], points: { show: false }, scale: 'y', auto: false },
    ],
    hooks: { setCursor: [(chart) => props.current.onPoint(chart.cursor.idx ?? null)] },
  };
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}
