// SPDX-License-Identifier: Apache-2.0
// Peer.java - Kafka Streams' side of the comparisons that tools/bench-peers makes: its own TopologyTestDriver, one
// thread, state in memory, no changelog, final results only. See benchmarks/peers/oriel.cpp for the arguments.
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;
import org.apache.kafka.streams.state.WindowStore;

public class Peer {
  record Event(long key, long time, long value) {}
  record Row(long key, long start, long count, long sum) {}
  record Totals(long count, long sum) {}

  static final long FLUSH = -1;  // the key of an event that only moves time

  static Serde<Totals> totals() {
    Serializer<Totals> to = (topic, t) -> t == null ? null : ByteBuffer.allocate(16).putLong(t.count).putLong(t.sum).array();
    Deserializer<Totals> from = (topic, bytes) -> {
      if (bytes == null) return null;
      ByteBuffer b = ByteBuffer.wrap(bytes);
      return new Totals(b.getLong(), b.getLong());
    };
    return Serdes.serdeFrom(to, from);
  }

  static List<Row> run(TimeWindows windows, List<Event> events) {
    List<Row> rows = new ArrayList<>();
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("in", Consumed.with(Serdes.Long(), Serdes.Long()))
        .groupByKey()
        .windowedBy(windows)
        .emitStrategy(EmitStrategy.onWindowClose())
        .aggregate(() -> new Totals(0, 0), (k, v, t) -> new Totals(t.count + 1, t.sum + v),
            Materialized.<Long, Totals, WindowStore<Bytes, byte[]>>with(Serdes.Long(), totals())
                .withStoreType(new BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers())
                .withLoggingDisabled().withCachingDisabled()
                // By default a hopping window leaves the store in the moment in which it closes, and is never emitted.
                .withRetention(Duration.ofSeconds(130)))
        .toStream()
        .foreach((k, t) -> {
          if (k.key() != FLUSH) rows.add(new Row(k.key(), k.window().start(), t.count, t.sum));
        });
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "peer");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    config.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir") + "/oriel-kafka-streams-peer");
    try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), config)) {
      TestInputTopic<Long, Long> in = driver.createInputTopic("in", new LongSerializer(), new LongSerializer());
      long latest = Long.MIN_VALUE;
      int n = 0;
      for (Event e : events) {
        in.pipeInput(e.key, e.value, e.time);
        latest = Math.max(latest, e.time);
        // Closed windows are emitted at most once per second of the driver's clock, which stands still by itself.
        if (++n % 10_000 == 0) driver.advanceWallClockTime(Duration.ofSeconds(2));
      }
      // Step by step: a store that sees time jump drops windows before they have been emitted.
      for (int second = 1; second <= 130; ++second) {
        driver.advanceWallClockTime(Duration.ofSeconds(2));
        in.pipeInput(FLUSH, 0L, latest + second * 1000);
      }
    }
    return rows;
  }

  static double processorSeconds() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  public static void main(String[] arguments) throws Exception {
    List<Event> events = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments[1]))) {
      String[] cells = line.split(",");
      events.add(new Event(Long.parseLong(cells[0]), Long.parseLong(cells[1]), Long.parseLong(cells[2])));
    }
    TimeWindows windows = TimeWindows.ofSizeAndGrace(Duration.ofSeconds(60), Duration.ofSeconds(5));
    if (arguments[0].equals("hopping")) windows = windows.advanceBy(Duration.ofSeconds(1));
    List<Row> rows = null;
    double wall = Double.MAX_VALUE, processor = 0;
    for (int round = 0; round < Integer.parseInt(arguments[3]); ++round) {
      double before = processorSeconds();
      long start = System.nanoTime();
      rows = run(windows, events);
      double took = (System.nanoTime() - start) / 1e9;
      if (took < wall) {
        wall = took;
        processor = processorSeconds() - before;
      }
    }
    try (PrintWriter out = new PrintWriter(arguments[2])) {
      for (Row r : rows) out.println(r.key + "," + r.start + "," + r.count + "," + r.sum);
    }
    System.out.printf(java.util.Locale.ROOT, "{\"seconds\": %.6f, \"processor_seconds\": %.6f}%n", wall, processor);
  }
}
