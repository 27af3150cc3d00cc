// Unpacks plotly and draws every chart of the page. The file asks the network for nothing.
(async () => {
  const root = document.documentElement;
  const charts = [...document.querySelectorAll("[data-chart]")];
  const config = { displayModeBar: false, scrollZoom: false, doubleClick: false, showTips: false, responsive: false };
  const spec = (el) => JSON.parse(document.getElementById(el.dataset.chart).textContent);
  const redraw = () => charts.forEach((el) => {
    if (el.clientWidth && el.layout?.width !== el.clientWidth) Plotly.relayout(el, { width: el.clientWidth });
  });

  async function unpack() {
    const packed = Uint8Array.from(atob(document.getElementById("cx-plotly").textContent.trim()), (c) => c.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  }

  function draw(el) {
    const { data, layout } = spec(el);
    return Plotly.newPlot(el, data, { ...layout, width: el.clientWidth }, config);
  }

  // Paper has no resize event: the charts take the width they will have on an A4 sheet before it is laid out.
  const PAPER = 680, GAP = 28;
  function print() {
    charts.forEach((el) => {
      const half = el.closest(".cx-figures");
      Plotly.relayout(el, { width: half ? (PAPER - GAP) / 2 : PAPER });
    });
  }

  try {
    await unpack();
    await Promise.all(charts.map(draw));
    addEventListener("beforeprint", print);
    addEventListener("afterprint", redraw);
    new ResizeObserver(redraw).observe(document.querySelector("main"));
    root.dataset.charts = "drawn";
  } catch (error) {
    root.dataset.charts = "failed";
    charts.forEach((el) => {
      el.textContent = document.body.dataset.noChart;
      el.style.minHeight = "0";
      el.closest("figure").querySelector("details").open = true;
    });
  }
})();
