// SPDX-License-Identifier: Apache-2.0
// apps/org_actions/report.cpp - the queries of this application's dashboard, as printed without --sql.
//
// "The last hour" ends with the newest event, unless --now says otherwise.
#include "org_actions/org_actions.hpp"

namespace org_actions {

void report(apps::report_page& page) {
  page.suggest_now("SELECT MAX(ts) FROM rawEvents");
  page.answer(
      "SELECT org, action, SUM(cnt) AS cnt, ROUND(SUM(sum_value), 2) AS sum_value, "
      "ROUND(SUM(sum_value) / SUM(cnt), 2) AS avg_value "
      "FROM orgActionAgg WHERE window_start >= ago('1 hour') GROUP BY org, action ORDER BY org, cnt DESC",
      "Last hour by org and action");
  page.answer(
      "SELECT window_start, org, action, cnt, ROUND(sum_value, 2) AS sum_value, ROUND(avg_value, 2) AS avg_value "
      "FROM orgActionAgg WHERE window_start >= ago('1 hour') ORDER BY window_start DESC, cnt DESC LIMIT 18",
      "Newest windows");
  page.answer(
      "SELECT DATE_TRUNC('minute', ts) AS minute, COUNT(*) AS events, COUNT(DISTINCT user_id) AS users, "
      "COUNT(*) FILTER (WHERE action = 'purchase') AS purchases "
      "FROM rawEvents WHERE ts >= DATE_TRUNC('minute', ago('9 minutes')) "
      "GROUP BY DATE_TRUNC('minute', ts) ORDER BY minute DESC",
      "Last ten minutes");
}

}  // namespace org_actions
