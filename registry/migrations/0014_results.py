"""The grade of a unit, frozen with the line of a list (Articles 7, 14)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0013_agencies")]

    operations = [
        migrations.AddField(
            model_name="rosterline",
            name="grade",
            field=models.CharField(blank=True, max_length=40, verbose_name="级别"),
        ),
    ]
