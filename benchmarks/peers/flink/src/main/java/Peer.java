// SPDX-License-Identifier: Apache-2.0
// Peer.java - Flink's side of the comparisons that tools/bench-peers makes, by DataStream: its local MiniCluster,
// parallelism 1, state on the heap, no checkpoints, objects reused. See benchmarks/peers/oriel.cpp for the arguments.
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

public class Peer {
  public static class Event {
    public long key, time, value;
    public Event() {}
    Event(long key, long time, long value) {
      this.key = key;
      this.time = time;
      this.value = value;
    }
  }
  public static class Totals {
    public long count, sum;
  }
  public static class Row {
    public long key, start, count, sum;
  }

  record Moment(double seconds, double processorSeconds) {
    static Moment now() {
      var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      return new Moment(System.nanoTime() / 1e9, system.getProcessCpuTime() / 1e9);
    }
  }

  // The job runs in this process: it reads and fills these. A job takes a second to start and to end, whatever it does,
  // so the clock runs from its first event to its last row.
  static final List<Event> events = new ArrayList<>();
  static final List<Row> rows = new ArrayList<>();
  static volatile Moment begun, ended;

  static class Sum implements AggregateFunction<Event, Totals, Totals> {
    public Totals createAccumulator() { return new Totals(); }
    public Totals add(Event e, Totals t) {
      ++t.count;
      t.sum += e.value;
      return t;
    }
    public Totals getResult(Totals t) { return t; }
    public Totals merge(Totals a, Totals b) {
      a.count += b.count;
      a.sum += b.sum;
      return a;
    }
  }
  static class WithWindow extends ProcessWindowFunction<Totals, Row, Long, TimeWindow> {
    public void process(Long key, Context context, Iterable<Totals> totals, Collector<Row> out) {
      Totals t = totals.iterator().next();
      Row r = new Row();
      r.key = key;
      r.start = context.window().getStart();
      r.count = t.count;
      r.sum = t.sum;
      out.collect(r);
    }
  }
  static class ByIndex implements MapFunction<Long, Event> {
    public Event map(Long i) {
      if (i == 0) begun = Moment.now();
      return events.get(i.intValue());
    }
  }
  static class ByKey implements KeySelector<Event, Long> {
    public Long getKey(Event e) { return e.key; }
  }
  static class Keep extends RichFilterFunction<Row> {
    public boolean filter(Row r) {
      rows.add(r);
      return false;
    }
    public void close() { ended = Moment.now(); }
  }

  static StreamExecutionEnvironment environment() {
    StreamExecutionEnvironment job = StreamExecutionEnvironment.createLocalEnvironment(1);
    job.getConfig().enableObjectReuse();
    return job;
  }

  static DataStream<Event> readings(StreamExecutionEnvironment job) {
    return job.fromSequence(0, events.size() - 1)
        .map(new ByIndex())
        .assignTimestampsAndWatermarks(WatermarkStrategy.<Event>forBoundedOutOfOrderness(Duration.ofSeconds(5))
            .withTimestampAssigner((e, before) -> e.time));
  }

  static void run(String work) throws Exception {
    WindowAssigner<Object, TimeWindow> windows = work.equals("hopping")
        ? SlidingEventTimeWindows.of(Duration.ofSeconds(60), Duration.ofSeconds(1))
        : TumblingEventTimeWindows.of(Duration.ofSeconds(60));
    StreamExecutionEnvironment job = environment();
    readings(job)
        .keyBy(new ByKey())
        .window(windows)
        .aggregate(new Sum(), new WithWindow())
        .filter(new Keep())
        .sinkTo(new DiscardingSink<>());
    job.execute();
  }

  interface Job {
    void run(String work) throws Exception;
  }

  // The work several times; tells the fastest round, and the rows.
  static void measure(String[] arguments, Job job) throws Exception {
    for (String line : Files.readAllLines(Path.of(arguments[1]))) {
      String[] cells = line.split(",");
      events.add(new Event(Long.parseLong(cells[0]), Long.parseLong(cells[1]), Long.parseLong(cells[2])));
    }
    double wall = Double.MAX_VALUE, processor = 0;
    for (int round = 0; round < Integer.parseInt(arguments[3]); ++round) {
      rows.clear();
      job.run(arguments[0]);
      double took = ended.seconds - begun.seconds;
      if (took < wall) {
        wall = took;
        processor = ended.processorSeconds - begun.processorSeconds;
      }
    }
    try (PrintWriter out = new PrintWriter(arguments[2])) {
      for (Row r : rows) out.println(r.key + "," + r.start + "," + r.count + "," + r.sum);
    }
    System.out.printf(java.util.Locale.ROOT, "{\"seconds\": %.6f, \"processor_seconds\": %.6f}%n", wall, processor);
    System.out.flush();
    Runtime.getRuntime().halt(0);  // its threads wait for more jobs
  }

  public static void main(String[] arguments) throws Exception {
    measure(arguments, Peer::run);
  }
}
