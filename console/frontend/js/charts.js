// Draws every [data-chart] from the JSON beside it, in the page's own colours.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

echarts.use([LineChart, BarChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, SVGRenderer]);

const drawn = new Map();

/** Resolves a CSS custom property, light-dark() included, to a colour ECharts understands. */
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function palette() {
  return {
    series: [1, 2, 3, 4, 5, 6].map((n) => colour(`--chart-${n}`)),
    negative: colour("--negative"),
    neutral: colour("--neutral"),
    ink: colour("--ink"),
    soft: colour("--ink-soft"),
    line: colour("--line"),
    surface: colour("--surface"),
  };
}

function option(data, look) {
  const text = { color: look.soft, fontFamily: "Geist Variable, system-ui, sans-serif", fontSize: 11 };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    aria: { enabled: true, label: { description: data.label } },
    color: look.series,
    textStyle: text,
    grid: { left: 8, right: 12, top: data.series.length > 1 ? 34 : 12, bottom: 4, containLabel: true },
    legend: { show: data.series.length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10, textStyle: text },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // HTML tooltips carry style attributes, which our CSP refuses
      backgroundColor: look.surface,
      borderColor: look.line,
      textStyle: { ...text, color: look.ink },
    },
    xAxis: { type: "category", data: data.labels, boundaryGap: data.kind === "bar", axisLine: { lineStyle: { color: look.line } }, axisTick: { show: false }, axisLabel: { ...text, hideOverlap: true } },
    yAxis: { type: "value", minInterval: data.whole ? 1 : undefined, splitNumber: 4, splitLine: { lineStyle: { color: look.line } }, axisLabel: text },
    series: data.series.map((series, index) => ({
      name: series.name,
      type: data.kind,
      data: series.values,
      stack: data.stacked ? "all" : undefined,
      barMaxWidth: 18,
      itemStyle: series.tone ? { color: look[series.tone] } : undefined,
      lineStyle: { width: 2 },
      showSymbol: series.values.includes(null), // a lone minute between gaps is a point, not a line
      showAllSymbol: true,
      symbolSize: 5,
      smooth: 0.15,
      areaStyle: data.kind === "line" && index === 0 ? { opacity: 0.1 } : undefined,
    })),
  };
}

function draw(box) {
  const source = document.getElementById(box.dataset.chart);
  if (!source) return;
  const known = echarts.getInstanceByDom(box);
  const chart = known ?? echarts.init(box, null, { renderer: "svg" });
  // A chart that is refreshed keeps its lines, which then move to the new values.
  chart.setOption(option(JSON.parse(source.textContent), palette()), !known);
  if (!drawn.has(box)) {
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(box);
    drawn.set(box, observer);
  }
}

function drawAll(root = document) {
  for (const [box, observer] of drawn) {
    if (box.isConnected) continue;
    observer.disconnect();
    echarts.getInstanceByDom(box)?.dispose();
    drawn.delete(box);
  }
  for (const box of root.querySelectorAll("[data-chart]")) draw(box);
}

drawAll();
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt.parentElement ?? document));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
document.addEventListener("onefold:theme", () => drawAll());
