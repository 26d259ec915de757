// SPDX-License-Identifier: Apache-2.0
// SqlPeer.java - the same as Peer.java in Flink's SQL, whose hopping windows share slices of one second instead of
// updating sixty windows per event.
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;

public class SqlPeer {
  static class Keep extends RichFilterFunction<Row> {
    public boolean filter(Row found) {
      Peer.Row r = new Peer.Row();
      r.key = (Long) found.getField(0);
      r.start = ((LocalDateTime) found.getField(1)).toInstant(ZoneOffset.UTC).toEpochMilli();
      r.count = (Long) found.getField(2);
      r.sum = (Long) found.getField(3);
      Peer.rows.add(r);
      return false;
    }
    public void close() { Peer.ended = Peer.Moment.now(); }
  }

  static void run(String work) throws Exception {
    StreamExecutionEnvironment job = Peer.environment();
    StreamTableEnvironment tables = StreamTableEnvironment.create(job);
    tables.getConfig().setLocalTimeZone(ZoneOffset.UTC);
    tables.createTemporaryView("readings", Peer.readings(job), Schema.newBuilder()
        .column("key", "BIGINT NOT NULL")
        .column("value", "BIGINT NOT NULL")
        .columnByMetadata("ts", DataTypes.TIMESTAMP_LTZ(3), "rowtime")
        .watermark("ts", "SOURCE_WATERMARK()")
        .build());
    String windows = work.equals("hopping")
        ? "HOP(TABLE readings, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '60' SECOND)"
        : "TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '60' SECOND)";
    tables.toDataStream(tables.sqlQuery("SELECT key, window_start, COUNT(*), SUM(`value`) FROM TABLE(" + windows
        + ") GROUP BY key, window_start, window_end"))
        .filter(new Keep())
        .sinkTo(new DiscardingSink<>());
    job.execute();
  }

  public static void main(String[] arguments) throws Exception {
    Peer.measure(arguments, SqlPeer::run);
  }
}
